"""The lab's own Systems Manager documents, with real effects."""
