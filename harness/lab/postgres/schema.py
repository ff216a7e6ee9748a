"""The storefront's tables and products, as SQL."""

_NAMES = (
    "Anvil",
    "Bellows",
    "Compass",
    "Dynamo",
    "Easel",
    "Flask",
    "Gimlet",
    "Hammer",
    "Inkwell",
    "Jug",
    "Kettle",
    "Lantern",
    "Mallet",
    "Needle",
    "Oilcan",
    "Plumb-line",
    "Quill",
    "Rasp",
    "Sextant",
    "Trowel",
)

DATABASE = "storefront"
USER = "postgres"
PRODUCTS = tuple((f"SKU-{n:02}", name, 500 + 250 * n) for n, name in enumerate(_NAMES, 1))
PRICES = {sku: cents for sku, _, cents in PRODUCTS}

# An id may repeat: a retried order makes a second row, and an audit must see it. An order is of one product, or of all
# that was in a cart.
TABLES = """
create table products (sku text primary key, name text not null, price_cents integer not null);
create table orders (
    number bigint generated always as identity primary key,
    id text not null,
    sku text,
    region text not null,
    placed_at timestamptz not null default clock_timestamp(),
    items text[],
    total_cents bigint
);
create index orders_id on orders (id text_pattern_ops);
create table carts (session text primary key, items jsonb not null, version bigint not null);
"""


def statements() -> str:
    """Everything that makes an empty database a storefront's."""
    rows = ", ".join(f"('{sku}', '{name}', {cents})" for sku, name, cents in PRODUCTS)
    return f"{TABLES}insert into products values {rows};\n"
