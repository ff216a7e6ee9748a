"""What identifies is replaced wherever it stands; what is measured never is."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.redaction.names import names_in
from harness.redaction.pseudonyms import Pseudonyms, Replaced
from harness.redaction.redactor import Redactor
from harness.redaction.scan import Scan

NAMES = {"shop": "stack", "acmefront": "stack", "123456789012": "account", "api.shop.test": "host", "/srv/acme": "path"}


def redactor(**names: str) -> Redactor:
    return Redactor(NAMES | names, Pseudonyms())


@pytest.mark.parametrize(
    "text, redacted",
    [
        ("10.0.0.1:80 and 10.0.0.1/16", "192.0.2.1:80 and 192.0.2.1/16"),
        ("10.0.0.1, 10.0.0.11", "192.0.2.1, 192.0.2.2"),
        ("'no route\\n10.0.0.1'", "'no route\\n192.0.2.1'"),
        ("2001:DB8::5 is 2001:db8:0::5", "2001:db8::1 is 2001:db8::1"),
        ("fe80::1%eth0", "2001:db8::1%eth0"),
        ("[::1]:80 x[::2] 15:02:43", "[::1]:80 x[::2] 15:02:43"),
        ("0.0.0.0, 1.2.3, 300.1.1.1", "0.0.0.0, 1.2.3, 300.1.1.1"),
        ("arn:aws:s3:::bucket.", "arn:aws:s3:::part-1."),
        ("arn:aws:iam::aws:policy/Admin", "arn:aws:iam::aws:policy/Admin"),
        (
            "arn:aws:ec2:eu-west-1:123456789012:instance/i-0123456789abcdef0 is i-0123456789abcdef0",
            "arn:aws:ec2:eu-west-1:000000000001:instance/i-00000000000000001 is i-00000000000000001",
        ),
        (
            "arn:aws:elasticloadbalancing:us-east-1:999999999999:loadbalancer/app/web-a/50dc6c495c0c9188",
            "arn:aws:elasticloadbalancing:us-east-1:000000000001:loadbalancer/app/resource-1/resource-2",
        ),
        ("http://api.shop.test:80/x https://w.shop.test", "http://host-1.example:80/x https://host-2.example"),
        ("http://u:p@api.shop.test/", "http://login-1@host-1.example/"),
        ("http://web:80/ a web", "http://label-1:80/ a web"),
        ("x-1.us-east-1.elb.amazonaws.com.", "host-1.us-east-1.example."),
        (
            "arn:aws:ecs:us-east-1:123456789012:task-definition/web-app:3 is web-app 3",
            "arn:aws:ecs:us-east-1:000000000001:task-definition/resource-1:part-1 is web-app 3",
        ),
        ("arn:aws:x:us-east-1::group/us-east-1a", "arn:aws:x:us-east-1::group/us-east-1a"),
        ("fis.us-east-1.amazonaws.com", "fis.us-east-1.amazonaws.com"),
        ("the Shop, shops, shopping; shop-a", "the stack-1, shops, shopping; stack-1-a"),
        ("class AcmefrontShopper(Acmefront)", "class stack-1(stack-2)"),
        ("/srv/acme/x and /home/bob/drill/a.py", "/path-1/x and /path-2/a.py"),
        ("file:///home/bob/x", "file:///path-1"),
        ("GET /home and /orders/7", "GET /home and /orders/7"),
        ("AKIAIOSFODNN7EXAMPLE", "AKIA0000000000000001"),
        ("bob@shop.test", "mail-1@example.com"),
        ("2493dc16-291c-4c2c-9cf9-8bfe6d9d2f61", "00000000-0000-4000-8000-000000000001"),
        ("account 123456789012, not 1234567890123", "account 000000000001, not 1234567890123"),
        ("host-1 and stack-1 are taken", "word-1 and word-2 are taken"),
    ],
)
def test_a_text_is_replaced_by_what_it_means(text: str, redacted: str) -> None:
    made = redactor().text(text)
    assert made == redacted


def test_numbers_of_json_and_what_measures_read_stay_as_they_were_written() -> None:
    line = '{"due":123456789012,"at":1.50,"stream":"shop","shop":1,"error":"shop\\n123456789012 é \\u00e9"}\n'
    made = redactor().json(line)
    assert made == '{"due":123456789012,"at":1.50,"stream":"shop","shop":1,"error":"stack-1\\n000000000001 é é"}\n'


def test_what_only_looks_like_json_is_a_text() -> None:
    assert redactor().json('"\\x at 10.0.0.1" and "shop"') == '"\\x at 192.0.2.1" and "stack-1"'


def test_a_name_that_came_to_light_in_an_arn_is_known_from_then_on() -> None:
    first = redactor()
    first.text("arn:aws:rds:us-east-1:999999999999:db:orders-db http://w.example.org /home/bob/x arn:aws:x:::y:3")
    assert first.found == {
        "999999999999": "account",
        "orders-db": "resource",
        "w.example.org": "host",
        "bob": "user",
    }


def test_a_torn_line_is_replaced_to_its_end() -> None:
    assert redactor().json('{"error":"ok","more":"at 10.0.0.1 in sh') == '{"error":"ok","more":"at 192.0.2.1 in sh'


def test_a_pseudonym_is_never_what_the_run_calls_something_else() -> None:
    pseudonyms = Pseudonyms(avoid=["192.0.2.1", "000000000001"])
    assert pseudonyms.of("address", "10.0.0.1") == "192.0.2.2"
    assert pseudonyms.of("account", "123456789012") == "000000000002"


@given(st.lists(st.ip_addresses(v=4).map(str), unique=True, max_size=2000))
def test_no_two_addresses_share_a_pseudonym(addresses: list[str]) -> None:
    pseudonyms = Pseudonyms(avoid=addresses)
    made = [pseudonyms.of("address", each) for each in addresses]
    assert len(set(made)) == len(made)
    assert not set(made) & set(addresses)


SEPARATORS = st.sampled_from([" ", ", ", "\n", "\\n", '"', "'", "/", "=", "(", ")", ";"])
SECRET = st.one_of(
    # 2001:db8:: itself is the beginning of every pseudonym of an address.
    st.ip_addresses()
    .filter(lambda each: int(each) >= 1 << 16 and int(each) != 2**32 - 1 and str(each) != "2001:db8::")
    .map(str),
    st.sampled_from(["123456789012", "acmefront", "api.shop.test", "i-0123456789abcdef0", "x.shop.test"]),
)


@given(st.lists(st.tuples(SECRET, SEPARATORS), max_size=8))
def test_nothing_is_left_of_what_was_replaced_in_text_and_in_json(parts: list[tuple[str, str]]) -> None:
    text = "; ".join(separator + secret + separator for secret, separator in parts)
    known = redactor()
    known.text(text)
    one = Redactor(NAMES, Pseudonyms(avoid=[each.original for each in known.pseudonyms.replaced]))
    made = one.text(text), one.json(json.dumps({"error": text}))
    for replaced in made:
        assert not list(Scan(one.pseudonyms.replaced).text(replaced))
        assert not [secret for secret, _ in parts if secret in replaced]


def test_an_address_is_told_from_one_that_begins_with_it() -> None:
    scan = Scan([Replaced(kind="address (IPv6)", original="2001:db8::", pseudonym="2001:db8::1")])
    assert not list(scan.text("from 2001:db8::1 and 2001:db8::a:b"))
    assert list(scan.text("from 2001:db8::: refused"))
    assert list(scan.text("[2001:DB8::]:443"))


def test_names_are_found_where_the_plan_keeps_them() -> None:
    plan = {
        "stack": {"stack": "shop", "database": {"instances": {"us-east-1": "shop-db"}}, "resolver": "10.0.0.2:53"},
        "undo": [{"HostedZoneId": "Z1", "DNSName": "lb.example.org."}],
        "targets": {"instances": {"selectionMode": "ALL"}},
        "regions": {"us-east-1": {"ecs_cluster": "shop-us", "ecs_service": "web"}},
        "tags": {"drill": "team-a", "on": "true"},
        "text": "accounts: ['111122223333']",
    }
    assert sorted(names_in(plan)) == [
        ("account", "111122223333"),
        ("database", "shop-db"),
        ("group", "shop-us"),
        ("group", "web"),
        ("host", "lb.example.org"),
        ("hosted zone", "Z1"),
        ("stack", "shop"),
        ("tag", "team-a"),
    ]
