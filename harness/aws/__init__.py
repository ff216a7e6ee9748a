"""One thin gateway per AWS service; the only place with boto3, and the only one that catches AWS errors."""
