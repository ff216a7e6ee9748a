"""A load balancer with the semantics of an AWS application load balancer, one process a region."""
