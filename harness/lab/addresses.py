"""Who has which loopback address in the lab of a slot, what place an address stands for, how far places are apart.

Servers listen at `port + HIDDEN` of their own address; only the network process dials that. Everybody dials the plain
port of the same address, where the network process listens, with his own source address bound.

libpq cannot bind a source address. A database in region X reaches the one in region Y by a *dial address*
127.s.Y.(50+n), n = index of X among the regions (us 0, eu 1, ap 2). The network treats that as coming from X's
database. Of a pair each server is in a zone Z, at 127.s.Z.5, and is dialed at 127.s.Z.(6+n) by the others, n = 0, 1, 2
as above; its own region stands for the other server of the pair.
"""

from dataclasses import dataclass

FIRST_SLOT, LAST_SLOT = 20, 219
# Ports that hardly anything else uses, and below the range from which the kernel takes ports of outgoing connections.
API_PORT, DNS_PORT, BALANCER_PORT, DATABASE_PORT, INSTANCE_PORT = 24566, 25353, 28080, 25432, 28000
CACHE_PORT = 26379
HIDDEN = 1_000
OTHER = "other"

_REGIONS = {"us-east-1": 10, "eu-west-1": 20, "ap-southeast-1": 30}
_POPULATIONS = {"NA": 110, "EU": 120, "AP": 130}
_ZONES = {region + letter: third + n for region, third in _REGIONS.items() for n, letter in enumerate("abc", 1)}
PLACES: dict[int, str] = {  # by third octet
    number: place for table in (_REGIONS, _ZONES, _POPULATIONS) for place, number in table.items()
}
POPULATIONS = tuple(_POPULATIONS)
SERVICES = {"dynamodb": 6, "s3": 7}  # fourth octet of the address that stands for a region's endpoint
_CACHE, _DATABASE, _FIRST_INSTANCE, _FIRST_DIAL, _FIRST_ZONAL_DIAL = 4, 5, 10, 50, 6
MOST_INSTANCES = 240  # addresses of instances in a zone

_ONE_WAY_MS = {
    ("us-east-1", "eu-west-1"): 38.0,
    ("us-east-1", "ap-southeast-1"): 110.0,
    ("eu-west-1", "ap-southeast-1"): 80.0,
    ("NA", "us-east-1"): 12.0,
    ("NA", "eu-west-1"): 44.0,
    ("NA", "ap-southeast-1"): 95.0,
    ("EU", "us-east-1"): 44.0,
    ("EU", "eu-west-1"): 10.0,
    ("EU", "ap-southeast-1"): 85.0,
    ("AP", "us-east-1"): 112.0,
    ("AP", "eu-west-1"): 84.0,
    ("AP", "ap-southeast-1"): 14.0,
}
_NEAR_MS, _OTHER_MS = 0.2, 1.0


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of the lab in one slot."""

    slot: int

    def __post_init__(self) -> None:
        if not FIRST_SLOT <= self.slot <= LAST_SLOT:
            raise ValueError(f"slot {self.slot} is not in {FIRST_SLOT}..{LAST_SLOT}")

    def _at(self, third: int, fourth: int) -> str:
        return f"127.{self.slot}.{third}.{fourth}"

    @property
    def api(self) -> str:
        """Address of the AWS API (port 24566)."""
        return self._at(0, 1)

    @property
    def everybody_else(self) -> str:
        """Source address of tests and tools that are in no population."""
        return self._at(0, 2)

    @property
    def dns(self) -> str:
        """Address of the authoritative DNS server (UDP port 25353)."""
        return self._at(0, 53)

    @property
    def checkers(self) -> str:
        """Source address of the Route 53 health checkers."""
        return self._at(0, 200)

    def load_balancer(self, region: str) -> str:
        """Address of the region's load balancer (port 28080)."""
        return self._at(_REGIONS[region], 1)

    def database(self, region: str) -> str:
        """Address of the region's database (port 25432)."""
        return self._at(_REGIONS[region], _DATABASE)

    def endpoint(self, region: str, service: str) -> str:
        """Address that stands for the endpoint of a service (dynamodb, s3) in a region. Nobody listens there."""
        return self._at(_REGIONS[region], SERVICES[service])

    def instance(self, zone: str, number: int) -> str:
        """Address of an instance (port 28000); numbers 0..239 in a zone."""
        if not 0 <= number < MOST_INSTANCES:
            raise ValueError(f"instance number {number} is not in 0..{MOST_INSTANCES - 1}")
        return self._at(_ZONES[zone], _FIRST_INSTANCE + number)

    def population(self, name: str) -> str:
        """Source address of a client population: NA, EU or AP."""
        return self._at(_POPULATIONS[name], 1)

    def database_dial(self, source: str, region: str) -> str:
        """Where the database of region `source` dials that of `region` (port 25432)."""
        return self._at(_REGIONS[region], _FIRST_DIAL + list(_REGIONS).index(source))

    def database_in(self, zone: str) -> str:
        """Address of the server of a pair that is in a zone (port 25432)."""
        return self._at(_ZONES[zone], _DATABASE)

    def cache_in(self, zone: str) -> str:
        """Address of the cache node in a zone (port 26379)."""
        return self._at(_ZONES[zone], _CACHE)

    def database_dial_in(self, source: str, zone: str) -> str:
        """Where the database of region `source`, or the other one of a pair, dials the one in a zone (port 25432)."""
        return self._at(_ZONES[zone], _FIRST_ZONAL_DIAL + list(_REGIONS).index(source))


def place_of(address: str) -> str:
    """The place of an address: a zone, a region (balancer, database), a population, or "other"."""
    return PLACES.get(int(address.split(".")[2]), OTHER)


def region_of(place: str) -> str | None:
    """The region of a place; none for populations and "other"."""
    if place in _REGIONS:
        return place
    return place[:-1] if place in _ZONES else None


def population_of(address: str) -> str | None:
    """The population that an address belongs to."""
    place = place_of(address)
    return place if place in _POPULATIONS else None


def outside(region: str) -> tuple[str, ...]:
    """Every place outside a region, other regions as a whole."""
    return (*(other for other in _REGIONS if other != region), *_POPULATIONS, OTHER)


def is_place(name: str) -> bool:
    """Whether a name is that of a region or of a zone, which are the places that can be cut off."""
    return name in _REGIONS or name in _ZONES


def third_octets(place: str) -> tuple[int, ...]:
    """The third octets of the addresses at a place; of a region also those of its zones."""
    if place in _REGIONS:
        return tuple(_REGIONS[place] + n for n in range(4))
    return (_ZONES[place],)


def one_way_ms(a: str, b: str) -> float:
    """The one-way delay between two places, in real milliseconds."""
    near, far = region_of(a) or a, region_of(b) or b
    if near == far:
        return _NEAR_MS
    return _ONE_WAY_MS.get((near, far)) or _ONE_WAY_MS.get((far, near)) or _OTHER_MS
