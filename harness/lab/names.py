"""The names that RDS and ElastiCache give to databases and caches of the lab."""


def endpoint_name(identifier: str, region: str) -> str:
    """The endpoint of a DB instance."""
    return f"{identifier}.{region}.rds.storefront.test"


def cluster_name(identifier: str, region: str) -> str:
    """The endpoint of a DB cluster, where its writer is."""
    return f"{identifier}.cluster.{region}.rds.storefront.test"


def reader_name(identifier: str, region: str) -> str:
    """The reader endpoint of a DB cluster."""
    return f"{identifier}.cluster-ro.{region}.rds.storefront.test"


def cluster_of(region: str) -> str:
    """The identifier of the cluster that a region has when the recipe asks for one."""
    return f"storefront-cluster-{region}"


def cache_name(region: str) -> str:
    """The primary endpoint of a region's cache."""
    return f"master.storefront-{region}.cache.storefront.test"
