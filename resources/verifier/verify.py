#!/usr/bin/env python3
"""Check a Strongroom evidence pack, version 1, without Strongroom.

    python3 verify.py [PACK] [--key VERIFIER_KEY] [--json]

PACK is a folder or a zip file; without it, the folder that this program stands in. `--key` is the log's verifier
key, learnt from somebody other than the sender of the pack. Exit status 0: every check passed. 1: at least one
finding. 2: the pack could not be read at all, or the arguments are wrong.

The program needs Python 3.9 or later and nothing else; it opens no connection and writes no file. It is meant to be
read from top to bottom: encoding, hashes and the Merkle tree, Ed25519, keys and notes, signed envelopes, the
container, the bag, the entries and the history that they tell, the steps of the verification, the report. What it
demands is written down in docs/pack-format.md of Strongroom.

A note on trust: a verifier that came inside a pack was put there by whoever made the pack. Compare its SHA-256 with
that of a copy of your own.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import decimal
import functools
import hashlib
import itertools
import json
import math
import os
import re
import stat
import struct
import sys
from typing import Any, BinaryIO, Callable, Dict, Iterator, List, NamedTuple, Optional, Set, Tuple

MAX_FILES = 100_000
MAX_ZIP_FILES = 65_535
MAX_FILE_BYTES = 64 * 1024 * 1024  # of a file that is read as a whole; larger ones are only hashed
MAX_JSON_DEPTH = 64
MAX_JSON_MARKS = 1_000_000  # commas and opening brackets: bounds the number of values, and so the memory, of one file
MAX_LEAF_BYTES = 65_535
MAX_LEAVES_BYTES = 128 * 1024 * 1024  # of all entries together
MAX_NOTE_BYTES = 65_536
MAX_NOTE_SIGNATURES = 64
MAX_PROOF_HASHES = 63
MAX_PATH_BYTES = 200
MAX_SAFE_INTEGER = 2**53 - 1
CHUNK = 1024 * 1024
SURROGATE = re.compile('[\ud800-\udfff]')


class Invalid(Exception):
    """Something in the pack is not as it must be; the text says what, for a person."""


class Absent(Invalid):
    """What must stand at an earlier position does not; no finding if an entry before could not be examined."""


class PackUnreadable(Exception):
    """The pack cannot be read at all, or the arguments are wrong: exit status 2."""


def shown(text: object, limit: int = 80) -> str:
    """Text of unknown origin made safe for a terminal: unprintable characters escaped, length bounded."""
    clear = ''.join(c if c.isprintable() else '\\u%04x' % ord(c) for c in str(text)[: limit + 1])
    return clear if len(clear) <= limit else clear[: limit - 3] + '...'


# --- Encoding: base64, JSON, JCS (RFC 8785), JSON pointers (RFC 6901) -----------------------------


def decode_base64(text: str) -> bytes:
    """Standard base64, padded and canonical (RFC 4648, sections 4 and 3.5)."""
    try:
        data = base64.b64decode(text.encode('ascii'), validate=True)
    except ValueError:
        raise Invalid('base64 is malformed') from None
    if base64.b64encode(data).decode('ascii') != text:
        raise Invalid('base64 is not in its one canonical form')
    return data


def decode_utf8(data: bytes) -> str:
    try:
        return data.decode('utf-8')
    except UnicodeDecodeError as error:
        raise Invalid('not valid UTF-8 at byte %d' % error.start) from None


def code_units(text: str) -> bytes:
    """Sort key: UTF-16 code units, the order of members that RFC 8785 uses."""
    return text.encode('utf-16-be')


def parse_json(data: bytes, integers_only: bool = False) -> Any:
    """Strict JSON (RFC 8259): UTF-8, no duplicate member, no NaN, no lone surrogate, depth and size bounded.

    With `integers_only`, a number that is no integer, or beyond 2^53-1, is refused: not every JSON reader keeps it
    exactly. Otherwise such a number becomes the nearest double.
    """
    if data.count(b',') + data.count(b'[') + data.count(b'{') > MAX_JSON_MARKS:
        raise Invalid('JSON has too many values')

    def unique(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
        members = dict(pairs)
        if len(members) != len(pairs):
            raise Invalid('a JSON object has the same member twice')
        return members

    def integer(text: str) -> Any:
        if len(text) <= 17 and abs(int(text)) <= MAX_SAFE_INTEGER:
            return int(text)
        return real(text)

    def real(text: str) -> float:
        value = float(text)
        if integers_only or value in (float('inf'), float('-inf')):
            raise Invalid('number %s cannot stand here' % shown(text, 40))
        return value

    def constant(text: str) -> Any:
        raise Invalid('%s is not JSON' % text)

    try:
        value = json.loads(
            decode_utf8(data), object_pairs_hook=unique, parse_int=integer, parse_float=real, parse_constant=constant
        )
    except RecursionError:
        raise Invalid('JSON is nested too deeply') from None
    except ValueError as error:
        raise Invalid('not JSON: %s' % shown(error)) from None
    for depth, item in walk(value):
        if depth > MAX_JSON_DEPTH and isinstance(item, (dict, list)):
            raise Invalid('JSON is nested more than %d deep' % MAX_JSON_DEPTH)
        if isinstance(item, str) and SURROGATE.search(item):
            raise Invalid('a JSON string has a lone surrogate')
    return value


def walk(value: Any) -> Iterator[Tuple[int, Any]]:
    """Every value of a JSON tree, member names included, with its depth from 1; without recursion."""
    waiting = [(1, value)]
    while waiting:
        depth, item = waiting.pop()
        yield depth, item
        if isinstance(item, dict):
            yield from ((depth, name) for name in item)
            waiting.extend((depth + 1, member) for member in item.values())
        elif isinstance(item, list):
            waiting.extend((depth + 1, element) for element in item)


def canonical_text(value: Any) -> str:
    """JCS text (RFC 8785): json.dumps escapes strings as section 3.2.2.2 asks when it may leave non-ASCII alone."""
    if isinstance(value, dict):
        members = (canonical_text(name) + ':' + canonical_text(value[name]) for name in sorted(value, key=code_units))
        return '{' + ','.join(members) + '}'
    if isinstance(value, list):
        return '[' + ','.join(map(canonical_text, value)) + ']'
    if isinstance(value, float):
        return number_text(value)
    return json.dumps(value, ensure_ascii=False)


def number_text(value: float) -> str:
    """A finite double as ECMAScript prints it (RFC 8785, section 3.2.2.3); repr has the same digits."""
    if value == 0:
        return '0'
    sign = '-' if value < 0 else ''
    mantissa, _, exponent = repr(abs(value)).partition('e')
    whole, _, fraction = mantissa.partition('.')
    digits = (whole + fraction).lstrip('0')
    point = len(whole) + int(exponent or '0') - (len(whole + fraction) - len(digits))
    digits = digits.rstrip('0')
    if len(digits) <= point <= 21:
        return sign + digits + '0' * (point - len(digits))
    if 0 < point <= 21:
        return sign + digits[:point] + '.' + digits[point:]
    if -6 < point <= 0:
        return sign + '0.' + '0' * -point + digits
    tail = '.' + digits[1:] if len(digits) > 1 else ''
    return '%s%s%se%+d' % (sign, digits[0], tail, point - 1)


def parse_jcs(data: bytes) -> Any:
    """A JSON value in JCS form, with integers only. Comparing the bytes leaves no room for a second reading."""
    value = parse_json(data, integers_only=True)
    if canonical_text(value).encode('utf-8') != data:
        raise Invalid('not in JCS form (RFC 8785): re-serialising gives other bytes')
    return value


def resolve_pointer(value: Any, pointer: str) -> Any:
    """The value that an RFC 6901 pointer names."""
    if pointer and not pointer.startswith('/') or re.search(r'~(?![01])', pointer):
        raise Invalid('"%s" is not a JSON pointer' % shown(pointer))
    for part in pointer.split('/')[1:]:
        name = part.replace('~1', '/').replace('~0', '~')
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and re.fullmatch(r'0|[1-9][0-9]{0,8}', name) and int(name) < len(value):
            value = value[int(name)]
        else:
            raise Invalid('"%s" names nothing' % shown(pointer))
    return value


# --- Shapes: which members a JSON value must have -------------------------------------------------


def conform(value: Any, shape: Any, where: str = 'the file') -> None:
    """Demand a shape: a dict means exactly these members, a list an array of that one shape, a function checks."""
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            raise Invalid('%s must be an object' % where)
        for odd in sorted(set(value) ^ set(shape)):
            raise Invalid('%s: member "%s" is %s' % (where, shown(odd), 'not expected' if odd in value else 'absent'))
        for name, inner in shape.items():
            conform(value[name], inner, name)
    elif isinstance(shape, list):
        if not isinstance(value, list):
            raise Invalid('%s must be an array' % where)
        for index, element in enumerate(value):
            conform(element, shape[0], '%s[%d]' % (where, index))
    elif not shape(value):
        raise Invalid('%s must be %s' % (where, shape.__doc__))


Check = Callable[[Any], bool]


def check(meaning: str, holds: Check) -> Check:
    holds.__doc__ = meaning
    return holds


def matching(meaning: str, pattern: str) -> Check:
    compiled = re.compile(pattern, re.DOTALL)
    return check(meaning, lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None)


def exactly(expected: Any) -> Check:
    return check(json.dumps(expected), lambda value: type(value) is type(expected) and value == expected)


def is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_date(value: str) -> bool:
    try:
        return re.fullmatch(r'[0-9]{4}-[0-9]{2}-[0-9]{2}', value) is not None and bool(datetime.date.fromisoformat(value))
    except ValueError:
        return False


def is_time(value: str) -> bool:
    return is_date(value[:10]) and bool(
        re.fullmatch(r'T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?Z', value[10:])
    )


NAME = r'[^\s+\x00-\x1f\x7f-\x9f\ufeff]+'  # C2SP signed-note: no space of any kind, no plus; and no control character
a_string = check('a string', lambda value: isinstance(value, str))
a_word = matching('a string that is not empty', r'.+')
a_digest = matching('64 lower-case hexadecimal digits', r'[0-9a-f]{64}')
a_salt = matching('lower-case hexadecimal digits', r'(?:[0-9a-f]{2})+')
a_key_name = matching('a key name: not empty, without spaces and +', NAME)
a_person = matching('a person id: not empty, without spaces, + and /', '(?!.*/)' + NAME)
a_count = check('a whole number from 0 up', lambda value: is_integer(value) and value >= 0)
a_positive = check('a whole number from 1 up', lambda value: is_integer(value) and value >= 1)
a_decimal = matching('a decimal such as 0.8125', r'-?(?:0|[1-9][0-9]*)(?:\.[0-9]*[1-9])?')
a_bound = matching('min or max', 'min|max')
a_string_or_integer = check('a string or an integer', lambda value: isinstance(value, str) or is_integer(value))
a_string_or_null = check('a string or null', lambda value: value is None or isinstance(value, str))
a_date = check('a date YYYY-MM-DD', lambda value: isinstance(value, str) and is_date(value))
a_time = check('a time in UTC, such as 2026-11-23T14:32:08.123Z', lambda value: isinstance(value, str) and is_time(value))
a_hash = matching('32 bytes in base64', r'[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=')
some_counts = check(
    'an object of at most 5 whole numbers from 1 up',
    lambda value: isinstance(value, dict) and len(value) <= 5 and all(map(a_positive, value.values())),
)
a_requirement = matching('evidence or test', 'evidence|test')
SCOPES = {'project': {'kind', 'project'}, 'model': {'kind', 'project', 'model'}}


def is_scope(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get('kind'), str):
        return False
    return set(value) == SCOPES.get(value['kind']) and all(map(a_word, value.values()))


a_scope = check('a project or a model of one', is_scope)
yes_or_no = matching('yes or no', 'yes|no')
an_object = check('an object', lambda value: isinstance(value, dict))
an_object_of_digests = check(
    'an object of SHA-256 digests', lambda value: isinstance(value, dict) and all(map(a_digest, value.values()))
)

PACK_SHAPE = {
    'format': exactly('strongroom.dev/evidence-pack/v1'),
    'id': a_word,
    'origin': a_key_name,
    'created': a_time,
    'software': a_string,
    'project': {'id': a_word, 'name': a_string, 'intendedPurpose': a_string, 'roles': [a_string], 'annexIII': a_string},
    'model': {'name': a_word, 'version': a_count, 'artifact': a_digest},
    'exporter': a_key_name,
    'tree': {'size': a_count, 'root': a_hash},
    'frameworks': [
        {'id': matching('a framework id', r'[A-Za-z0-9._-]+'), 'title': a_string, 'file': a_string, 'sha256': a_digest}
    ],
    'asOf': a_date,
}
FACT_IN_ENTRY = {
    'id': matching('a fact id such as F0001', r'F(?:[0-9]{4}|[1-9][0-9]{4,8})'),
    'entry': a_count,
    'pointer': a_string,
    'value': a_string_or_integer,
    'text': a_string,
}
FACT_IN_DOCUMENT = dict(FACT_IN_ENTRY, document=a_digest)
CLAIM_SHAPE = {
    'framework': a_string,
    'obligation': a_string,
    'status': a_string,
    'text': a_string,
    'facts': [a_string],
    'missing': [a_word],
    'appliesFrom': a_string_or_null,
}
OMISSIONS_SHAPE = {
    'treeSize': a_count,
    'included': a_count,
    'omitted': [{'from': a_count, 'to': a_count, 'reason': a_string}],
}
DISCLOSURE_SHAPE = {'entry': a_count, 'field': a_string, 'salt': a_salt, 'value': a_string}
ENTRY_SHAPE = {
    'v': exactly(1),
    'origin': a_key_name,
    'seq': a_count,
    'time': a_time,
    'actor': a_key_name,
    'action': a_word,
    'subject': [{'name': a_string, 'digest': {'sha256': a_digest}}],
    'detail': an_object,
    'commitments': an_object_of_digests,
    'seen': {'size': a_count, 'root': a_hash},
}
AUTHORITY_SHAPES = {
    'person.enrolled': {'person': a_person, 'roles': [a_word], 'key': a_string},
    'person.roles.changed': {'person': a_person, 'roles': [a_word]},
    'person.granted': {'person': a_person, 'role': a_word, 'scope': a_scope},
    'person.revoked': {'person': a_person, 'role': a_word, 'scope': a_scope},
    'role.defined': {'role': a_word, 'sentence': a_word, 'permissions': [a_word]},
    'role.removed': {'role': a_word},
    'policy.changed': {'administratorsDecide': yes_or_no},
    'person.deactivated': {'person': a_person},
    'person.key.rotated': {'person': a_person, 'key': a_string},
    'person.key.recovered': {'person': a_person, 'key': a_string, 'reason': a_string},
    'orchestrator.key.rotated': {'key': a_string},
    'ledger.key.rotated': {'key': a_string},
    'model.key.rotated': {'hint': a_digest, 'key': a_string, 'replaces': a_digest},
    'ledger.continued': {'key': a_string, 'predecessor': a_key_name, 'size': a_count, 'anchor': a_string, 'reason': a_string},
}
# Members that an entry may have besides: in a policy.changed why, which those of earlier releases and the orchestrator's do not say;
# after a loss a key of the orchestrator.
AUTHORITY_EXTRAS: Dict[str, Dict[str, Check]] = {
    'policy.changed': {'reason': a_word},
    'ledger.continued': {'orchestratorKey': a_string},
}
PERMISSIONS_SHAPE = {
    'at': a_count,
    'policy': {'administratorsDecide': matching('yes, no or not recorded', 'yes|no|not recorded')},
    'roles': [{'role': a_word, 'sentence': a_word, 'permissions': [a_word]}],
    'people': [{'person': a_person, 'roles': [a_word], 'grants': [{'role': a_word, 'scope': a_scope}]}],
}
CONDITION_SHAPE = {'metric': a_string, 'bound': a_bound, 'threshold': a_decimal}
RUN_GATES_SHAPE = [{'model': a_string, 'gates': [an_object]}]
GATE_SHAPE = {'to': a_string, 'conditions': [CONDITION_SHAPE], 'approvals': a_positive}
POLICY_SHAPE = {
    'path': a_string, 'sha256': a_string, 'evidence': [a_string], 'tests': [a_string], 'roles': some_counts,
    'expires': {'approvals': a_count, 'evidence': a_count, 'production': a_count},
}
ROLLBACK_SHAPE = {'approvals': a_positive, 'roles': some_counts}
REQUIREMENTS_SHAPE = [{'what': a_requirement, 'name': a_string, 'entry': a_count, 'met': exactly('yes')}]
JUDGED_SHAPE = [dict(CONDITION_SHAPE, value=a_decimal, met=exactly('yes'))]
STATEMENT_SHAPE = {
    '_type': exactly('https://in-toto.io/Statement/v1'),
    'predicateType': exactly('https://strongroom.dev/evidence-pack/v1'),
    'subject': [{'name': exactly('tagmanifest-sha256.txt'), 'digest': {'sha256': a_digest}}],
    'predicate': {'origin': a_string, 'statement': a_string, 'treeSize': a_count},
}
ENVELOPE_SHAPE = {'payload': a_string, 'payloadType': a_string, 'signatures': [{'keyid': a_string, 'sig': a_string}]}


# --- SHA-256 and the Merkle tree (RFC 6962, section 2) --------------------------------------------


def leaf_hash(*data: bytes) -> bytes:
    """The hash of a leaf, given in one piece or in several."""
    digest = hashlib.sha256(b'\x00')
    for piece in data:
        digest.update(piece)
    return digest.digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b'\x01' + left + right).digest()


def root_from_proof(leaf: bytes, index: int, size: int, path: List[bytes]) -> bytes:
    """The root that an inclusion proof leads to (RFC 9162, section 2.1.3.2); `leaf` is the leaf's hash."""
    if index >= size:
        raise Invalid('index %d lies outside a tree of %d' % (index, size))
    position, last, result = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise Invalid('the proof is too long')
        if position % 2 == 1 or position == last:
            result = node_hash(sibling, result)
            while position % 2 == 0 and position != 0:
                position, last = position // 2, last // 2
        else:
            result = node_hash(result, sibling)
        position, last = position // 2, last // 2
    if last != 0:
        raise Invalid('the proof is too short')
    return result


# --- Ed25519 (RFC 8032, section 5.1) --------------------------------------------------------------
# Points are (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z. To multiply a point, its multiples d * 16^i for d = 1..8 are
# tabulated once; a product is then 64 additions. Tables are kept: a ledger has few keys and many signatures.

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
SQRT_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = Tuple[int, int, int, int]
IDENTITY: Point = (0, 1, 1, 0)


def prepare(point: Point) -> Point:
    """The form in which a point is added: (Y + X, Y - X, 2Z, 2dT)."""
    x, y, z, t = point
    return (y + x) % P, (y - x) % P, 2 * z % P, 2 * D * t % P


def add(point: Point, prepared: Point) -> Point:
    x, y, z, t = point
    plus, minus, z2, t2d = prepared
    a, b, c, d = (y - x) * minus % P, (y + x) * plus % P, t * t2d % P, z * z2 % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def double(point: Point) -> Point:
    x, y, z, _ = point
    a, b = x * x % P, y * y % P
    h, g = a + b, a - b
    e, f = h - (x + y) ** 2 % P, 2 * z * z % P + g
    return e * f % P, g * h % P, f * g % P, e * h % P


def decode_point(data: bytes) -> Optional[Point]:
    """RFC 8032, section 5.1.3; None for what is no point, or is not its one encoding."""
    y = int.from_bytes(data, 'little')
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if (v * x * x - u) % P != 0:
        x = x * SQRT_MINUS_ONE % P
        if (v * x * x - u) % P != 0:
            return None
    if x == 0 and sign:
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def encode_point(point: Point) -> bytes:
    x, y, z, _ = point
    inverse = pow(z, -1, P)
    return ((y * inverse % P) | ((x * inverse % P & 1) << 255)).to_bytes(32, 'little')


Table = List[List[Point]]


def tabulate(point: Point) -> Table:
    table = []
    for _ in range(64):
        step, multiple, row = prepare(point), point, []
        for _ in range(8):
            row.append(prepare(multiple))
            multiple = add(multiple, step)
        table.append(row)
        for _ in range(4):
            point = double(point)
    return table


def add_product(total: Point, table: Table, scalar: int) -> Point:
    """total + scalar * the table's point, for a scalar below 2^253: digits from -8 to 8 in base 16."""
    for row in table:
        digit = scalar & 15
        scalar >>= 4
        if digit > 8:
            digit -= 16
            scalar += 1
        if digit > 0:
            total = add(total, row[digit - 1])
        elif digit < 0:
            plus, minus, z2, t2d = row[-digit - 1]
            total = add(total, (minus, plus, z2, -t2d))
    return total


@functools.lru_cache(maxsize=1)
def base_table() -> Table:
    base = decode_point((4 * pow(5, -1, P) % P).to_bytes(32, 'little'))
    assert base is not None
    return tabulate(base)


@functools.lru_cache(maxsize=128)
def negated_key_table(public: bytes) -> Optional[Table]:
    """The table of -A; None where A is no point, or of small order: such a key would sign anything."""
    point = decode_point(public)
    if point is None:
        return None
    x, y, z, t = point
    eightfold = double(double(double(point)))
    if eightfold[0] == 0 and eightfold[1] == eightfold[2]:
        return None
    return tabulate((P - x, y, z, P - t))


def signature_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Ed25519 verification: S < L, A a canonical point not of small order, and R equal, as bytes, to S*B - h*A."""
    if len(public) != 32 or len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], 'little')
    table = negated_key_table(public)
    if s >= L or table is None:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), 'little') % L
    return encode_point(add_product(add_product(IDENTITY, base_table(), s), table, h)) == signature[:32]


# --- Keys, notes, checkpoints and proofs (C2SP signed-note, tlog-checkpoint, tlog-proof) ----------


class VerifierKey(NamedTuple):
    """A parsed verifier key; `keyid` is `name+hhhhhhhh`, as DSSE signatures name it."""

    name: str
    keyid: str
    public: bytes
    text: str


def parse_verifier_key(text: Any) -> VerifierKey:
    match = re.fullmatch(r'([^+]*)\+([0-9a-f]{8})\+(.*)', text, re.DOTALL) if isinstance(text, str) else None
    if match is None or not a_key_name(match[1]):
        raise Invalid('a verifier key is name+hhhhhhhh+base64')
    name, data = match[1], decode_base64(match[3])
    if len(data) != 33 or data[0] != 1:
        raise Invalid('verifier key "%s" is not an Ed25519 key' % shown(name))
    if hashlib.sha256(name.encode('utf-8') + b'\n' + data).hexdigest()[:8] != match[2]:
        raise Invalid('verifier key "%s" does not match its own hash' % shown(name))
    return VerifierKey(name, name + '+' + match[2], data[1:], text)


class Checkpoint(NamedTuple):
    """A parsed checkpoint note; signatures are (key id, signature)."""

    origin: str
    size: int
    root: bytes
    signed: bytes
    signatures: List[Tuple[str, bytes]]
    note: str


def parse_checkpoint(data: bytes) -> Checkpoint:
    limit(data, MAX_NOTE_BYTES)
    note = decode_utf8(data)
    body, divider, rest = note.partition('\n\n')
    text = re.fullmatch(r'([^\n]+)\n(0|[1-9][0-9]{0,15})\n([^\n]+)', body)
    if not divider or text is None or not a_key_name(text[1]) or int(text[2]) > MAX_SAFE_INTEGER or not a_hash(text[3]):
        raise Invalid('the checkpoint is not the three lines origin, size, root, and an empty line')
    lines = rest.split('\n')
    if lines.pop() != '' or not 0 < len(lines) <= MAX_NOTE_SIGNATURES:
        raise Invalid('the note does not end in 1 to %d signature lines' % MAX_NOTE_SIGNATURES)
    signatures = []
    for line in lines:
        match = re.fullmatch(r'\u2014 ([^ ]+) ([^ ]+)', line)
        blob = decode_base64(match[2]) if match else b''
        if match is None or not a_key_name(match[1]) or len(blob) < 5:
            raise Invalid('the note has a malformed signature line')
        signatures.append((match[1] + '+' + blob[:4].hex(), blob[4:]))
    return Checkpoint(text[1], int(text[2]), decode_base64(text[3]), (body + '\n').encode('utf-8'), signatures, note)


def check_note_signature(checkpoint: Checkpoint, key: VerifierKey) -> None:
    """At least one signature of the key, and no bad one of that key; those of other keys are not looked at."""
    own = [signature for keyid, signature in checkpoint.signatures if keyid == key.keyid]
    if not own:
        raise Absent('the checkpoint is not signed by the log key %s' % shown(key.keyid))  # a later one may be in a gap
    if not all(signature_holds(key.public, checkpoint.signed, signature) for signature in own):
        raise Invalid('the signature of the log key %s over the checkpoint is wrong' % shown(key.keyid))


def parse_proof(data: bytes) -> Tuple[int, List[bytes], bytes]:
    """A tlog-proof file: (index, hashes from leaf to root, the checkpoint's bytes)."""
    limit(data, MAX_NOTE_BYTES)
    head, divider, checkpoint = data.partition(b'\n\n')
    lines = decode_utf8(head).split('\n')
    if not divider or lines.pop(0) != 'c2sp.org/tlog-proof@v1':
        raise Invalid('not a tlog-proof file')
    if lines and lines[0].startswith('extra '):
        decode_base64(lines.pop(0)[len('extra ') :])
    index = re.fullmatch(r'index (0|[1-9][0-9]{0,15})', lines.pop(0) if lines else '')
    if index is None:
        raise Invalid('the proof has no index')
    if len(lines) > MAX_PROOF_HASHES or not all(map(a_hash, lines)):
        raise Invalid('the proof has a malformed hash, or more than %d' % MAX_PROOF_HASHES)
    return int(index[1]), [decode_base64(line) for line in lines], checkpoint


def limit(data: bytes, most: int) -> None:
    if len(data) > most:
        raise Invalid('%d bytes, more than the %d allowed here' % (len(data), most))


# --- Signed envelopes (DSSE v1) -------------------------------------------------------------------


class Signature(NamedTuple):
    keyid: str
    signer: str
    signature: bytes


class Envelope(NamedTuple):
    """An opened, not yet verified, envelope: its payload, what was signed, and by whom, first and further."""

    payload: Any
    message: bytes
    keyid: str
    signer: str
    signature: bytes
    others: List[Signature]


def open_envelope(data: bytes, payload_type: str) -> Envelope:
    """An envelope in JCS form around a payload in JCS form, with at least one Ed25519 signature."""
    outer = parse_jcs(data)
    conform(outer, ENVELOPE_SHAPE, 'the envelope')
    if outer['payloadType'] != payload_type:
        raise Invalid('payloadType must be %s' % payload_type)
    if not outer['signatures']:
        raise Invalid('the envelope must have a signature')
    first, *others = map(read_signature, outer['signatures'])
    body, kind = decode_base64(outer['payload']), payload_type.encode('utf-8')
    message = b'DSSEv1 %d %b %d %b' % (len(kind), kind, len(body), body)
    return Envelope(parse_jcs(body), message, *first, others)


def read_signature(signed: Dict[str, str]) -> Signature:
    signature = decode_base64(signed['sig'])
    named = re.fullmatch('(%s)\\+[0-9a-f]{8}' % NAME, signed['keyid'])
    if named is None or len(signature) != 64:
        raise Invalid('keyid must be name+hhhhhhhh, the signature 64 bytes')
    return Signature(signed['keyid'], named[1], signature)


# --- The container: a folder or a zip -------------------------------------------------------------


class PackFile:
    """One regular file of the pack. Its content is hashed once; reading it again demands the same bytes."""

    def __init__(self, chunks: Callable[[], Iterator[bytes]]) -> None:
        self.chunks = chunks
        self.size = self.crc32 = 0
        digest = hashlib.sha256()
        for chunk in chunks():
            digest.update(chunk)
            self.size, self.crc32 = self.size + len(chunk), binascii.crc32(chunk, self.crc32)
        self.sha256 = digest.hexdigest()

    def content(self) -> bytes:
        if self.size > MAX_FILE_BYTES:
            raise Invalid('%d bytes, more than the %d of a file that is read' % (self.size, MAX_FILE_BYTES))
        data = b''.join(self.chunks())
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise PackUnreadable('the pack changes while it is read')
        return data


class Container:
    """What lies in the pack. `odd`: what must not lie there, as findings; `broken`: nothing could be listed."""

    def __init__(self) -> None:
        self.files: Dict[str, PackFile] = {}
        self.odd: List[Tuple[str, str, str]] = []
        self.broken = False

    def refuse_name(self, path: str) -> None:
        message = 'a path must have 1 to 200 bytes of A-Z a-z 0-9 . _ - in parts between /'
        self.odd.append(('path-invalid', path, message))


def path_is_allowed(path: str) -> bool:
    parts_allowed = all(re.fullmatch(r'(?!\.{1,2}$)[A-Za-z0-9._-]+', part) for part in path.split('/'))
    return parts_allowed and len(path) <= MAX_PATH_BYTES


def name_text(raw: bytes) -> str:
    return raw.decode('utf-8', 'replace')


def read_folder(root: str) -> Container:
    """List a folder. No link is followed, no special file opened, no folder looked into whose name no pack has."""
    container = Container()
    waiting = [(root, '')]
    seen = 0
    while waiting:
        folder, prefix = waiting.pop()
        with os.scandir(folder) as listing:
            inside = list(listing)
        if not inside and prefix:
            container.odd.append(('file-unlisted', prefix[:-1], 'an empty folder'))
        seen += len(inside)
        if seen > MAX_FILES:
            raise PackUnreadable('more than %d files and folders' % MAX_FILES)
        for item in inside:
            path = prefix + name_text(os.fsencode(item.name))
            status = item.stat(follow_symlinks=False)
            is_junction = getattr(status, 'st_file_attributes', 0) & 0x400  # or another kind of link of Windows
            if not path_is_allowed(path):
                container.refuse_name(path)
            elif stat.S_ISDIR(status.st_mode) and not is_junction:
                waiting.append((item.path, path + '/'))
            elif stat.S_ISREG(status.st_mode) and not is_junction:
                container.files[path] = PackFile(functools.partial(file_chunks, item.path))
            else:
                container.odd.append(('path-invalid', path, 'a link or a special file'))
    return container


def file_chunks(path: str) -> Iterator[bytes]:
    flags = os.O_RDONLY | getattr(os, 'O_NOFOLLOW', 0) | getattr(os, 'O_BINARY', 0) | getattr(os, 'O_NONBLOCK', 0)
    with os.fdopen(os.open(path, flags), 'rb') as file:
        yield from iter(functools.partial(file.read, CHUNK), b'')


LOCAL_HEADER = struct.Struct('<4s5H3I2H')
DIRECTORY_HEADER = struct.Struct('<4s6H3I5H2I')
END_RECORD = struct.Struct('<4s4H2IH')
ZIP_DATE = 0x0021  # 1 January 1980


class ZipEntry(NamedTuple):
    """One record of the central directory: where the content lies."""

    name: bytes
    offset: int
    size: int


def read_zip(file: BinaryIO, label: str) -> Container:
    """List a zip and compare it, byte for byte, with the zip that its files must give. Nothing is inflated."""
    container = Container()
    try:
        entries = read_directory(file)
    except Invalid as problem:
        container.broken = True
        container.odd.append(('container-altered', label, str(problem)))
        return container
    contents = []
    for entry in entries:
        start = entry.offset + LOCAL_HEADER.size + len(entry.name)
        content = PackFile(functools.partial(range_chunks, file, start, entry.size))
        contents.append((entry, content))
        path = name_text(entry.name)
        if path_is_allowed(path):
            container.files.setdefault(path, content)
        else:
            container.refuse_name(path)
    if not is_exact_zip(file, contents):
        container.odd.append(('container-altered', label, 'the zip is not the one that its files give'))
    return container


def read_directory(file: BinaryIO) -> List[ZipEntry]:
    """The central directory, found from the end record in the last 22 bytes; what needs guessing is refused."""
    size = file.seek(0, os.SEEK_END)
    if size < END_RECORD.size:
        raise Invalid('not a zip')
    end = END_RECORD.unpack(read_range(file, size - END_RECORD.size, END_RECORD.size))
    length, start = end[5], end[6]
    if end[0] != b'PK\x05\x06' or start + length > size - END_RECORD.size or length > MAX_FILE_BYTES:
        raise Invalid('the zip does not end in a plain end record, or its directory lies outside of it')
    directory = read_range(file, start, length)
    entries, at, total = [], 0, 0
    while at < length:
        if length - at < DIRECTORY_HEADER.size:
            raise Invalid('the directory of the zip is cut short')
        header = DIRECTORY_HEADER.unpack_from(directory, at)
        signature, method, packed, content, offset = header[0], header[4], header[8], header[9], header[16]
        at += DIRECTORY_HEADER.size
        name = directory[at : at + header[10]]
        at, total = at + sum(header[10:13]), total + content
        if signature != b'PK\x01\x02' or at > length:
            raise Invalid('the directory of the zip is malformed')
        if method != 0 or packed != content or offset + LOCAL_HEADER.size + len(name) + content > start:
            raise Invalid('"%s" is not plainly stored in the zip' % shown(name_text(name)))
        if total > size or len(entries) == MAX_ZIP_FILES:
            raise Invalid('files overlap in the zip, or are too many')
        entries.append(ZipEntry(name, offset, content))
    return entries


def is_exact_zip(file: BinaryIO, contents: List[Tuple[ZipEntry, PackFile]]) -> bool:
    """Whether the zip equals the one rebuilt from its files: all that is not content is compared, at its position."""
    position, records, previous = 0, [], b''
    for entry, content in contents:
        name = entry.name
        common = (20, 0, 0, 0, ZIP_DATE, content.crc32, content.size, content.size, len(name), 0)
        local = LOCAL_HEADER.pack(b'PK\x03\x04', *common) + name
        if entry.offset != position or read_range(file, position, len(local)) != local:
            return False
        if records and previous >= name:
            return False
        records.append(DIRECTORY_HEADER.pack(b'PK\x01\x02', 20, *common, 0, 0, 0, 0, position) + name)
        position, previous = position + len(local) + content.size, name
    directory, count = b''.join(records), len(records)
    tail = directory + END_RECORD.pack(b'PK\x05\x06', 0, 0, count, count, len(directory), position, 0)
    return file.seek(0, os.SEEK_END) == position + len(tail) and read_range(file, position, len(tail)) == tail


def read_range(file: BinaryIO, offset: int, size: int) -> bytes:
    file.seek(offset)
    return file.read(size)


def range_chunks(file: BinaryIO, offset: int, size: int) -> Iterator[bytes]:
    while size > 0:
        chunk = read_range(file, offset, min(size, CHUNK))
        if not chunk:
            raise PackUnreadable('the zip changes while it is read')
        yield chunk
        offset, size = offset + len(chunk), size - len(chunk)


# --- The bag (RFC 8493) ---------------------------------------------------------------------------

MANIFEST, TAG_MANIFEST, SIGNATURE = 'manifest-sha256.txt', 'tagmanifest-sha256.txt', 'signature.dsse.json'
PACK, CHECKPOINT, FACTS, CLAIMS = 'data/pack.json', 'data/checkpoint.txt', 'data/facts.json', 'data/claims.json'
OMISSIONS, DISCLOSURES, PERMISSIONS = 'data/omissions.json', 'data/disclosures.json', 'data/permissions.json'
GAPS, TRACEABILITY = 'data/gaps.csv', 'data/traceability.csv'
REQUIRED = (
    ('README.txt', 'bag-info.txt', 'bagit.txt', MANIFEST, SIGNATURE, TAG_MANIFEST, 'verify.mjs', 'verify.py')
    + (CHECKPOINT, CLAIMS, DISCLOSURES, FACTS, GAPS, OMISSIONS, PACK, 'data/report.html', TRACEABILITY)
)
ENTRY_PATH = re.compile(r'data/entries/([0-9]{8})\.json')
PROOF_PATH = re.compile(r'data/proofs/([0-9]{8})\.tlog-proof')
FRAMEWORK_PATH = re.compile(r'data/frameworks/[^/]+\.json')
DOCUMENT_PATH = re.compile(r'data/documents/([0-9a-f]{64})/[^/]+')
PLACED = (ENTRY_PATH, PROOF_PATH, FRAMEWORK_PATH, DOCUMENT_PATH, re.compile(re.escape(PERMISSIONS)))
BAG_INFO = ('Source-Organization', 'Bagging-Date', 'Payload-Oxum', 'External-Identifier', 'Bag-Software-Agent')


def entry_path(seq: int) -> str:
    return 'data/entries/%08d.json' % seq


def proof_path(seq: int) -> str:
    return 'data/proofs/%08d.tlog-proof' % seq


def is_payload(path: str) -> bool:
    return path.startswith('data/')


def is_tag(path: str) -> bool:
    return not is_payload(path) and path not in (TAG_MANIFEST, SIGNATURE)


def parse_manifest(data: bytes, belongs: Callable[[str], bool]) -> Dict[str, str]:
    """Path -> SHA-256 in hex; `belongs` tells which paths the manifest may list."""
    listed: Dict[str, str] = {}
    lines = decode_utf8(data).split('\n')
    if lines.pop() != '':
        raise Invalid('the last line has no end')
    previous = ''
    for number, line in enumerate(lines, 1):
        match = re.fullmatch(r'([0-9a-f]{64})  (.+)', line)
        if match is None or not path_is_allowed(match[2]) or not belongs(match[2]):
            raise Invalid('line %d is not a digest, two spaces and the path of a file of this manifest' % number)
        if match[2] <= previous:
            raise Invalid('line %d is out of order' % number)
        previous, listed[match[2]] = match[2], match[1]
    return listed


def parse_bag_info(data: bytes) -> Dict[str, str]:
    limit(data, MAX_NOTE_BYTES)
    lines = decode_utf8(data).split('\n')
    info = dict(line.split(': ', 1) for line in lines[:-1] if ': ' in line)
    if lines[-1] != '' or len(lines) - 1 != len(BAG_INFO) or tuple(info) != BAG_INFO:
        raise Invalid('bag-info.txt must have the lines %s' % ', '.join(BAG_INFO))
    if any(text == '' or re.search(r'[\x00-\x1f\x7f-\x9f]', text) for text in info.values()):
        raise Invalid('a line of bag-info.txt says nothing, or has a control character')
    if not a_date(info['Bagging-Date']):
        raise Invalid('Bagging-Date must be a date YYYY-MM-DD')
    if not re.fullmatch(r'(?:0|[1-9][0-9]*)\.(?:0|[1-9][0-9]*)', info['Payload-Oxum']):
        raise Invalid('Payload-Oxum must be BYTES.FILES')
    return info


# --- Entries and the history that they tell -------------------------------------------------------


class Entry(NamedTuple):
    """A well-formed ledger entry; whether its signature holds is another question."""

    envelope: Envelope
    payload: Dict[str, Any]
    named: Set[str]  # digests anywhere in the payload
    keys: List[VerifierKey]  # that it introduces
    ledger: str  # the first origin, of which the names of keys are made
    anchor: Optional[Checkpoint]  # what was signed before a loss


def first_origin(origin: str) -> Optional[str]:
    """Of an origin under which a ledger goes on after a loss."""
    match = re.fullmatch(r'(.+)/continued/[^/]+', origin, re.DOTALL)
    return match[1] if match else None


def is_origin_of(ledger: str, origin: str) -> bool:
    return origin == ledger or first_origin(origin) == ledger


def parse_entry(data: bytes, seq: int, known: Optional[str]) -> Entry:
    """known is the ledger's first origin."""
    limit(data, MAX_LEAF_BYTES)
    envelope = open_envelope(data, 'application/vnd.strongroom.entry+json')
    payload = envelope.payload
    conform(payload, ENTRY_SHAPE, 'the entry')
    action, detail, origin = payload['action'], payload['detail'], payload['origin']
    ledger = known or first_origin(origin) or origin
    if not is_origin_of(ledger, origin):
        raise Invalid('the entry is of the ledger "%s", the pack of "%s"' % (shown(origin), shown(ledger)))
    if payload['seq'] != seq:
        raise Invalid('the file is named %d, the entry says %d' % (seq, payload['seq']))
    if payload['actor'] != envelope.signer:
        raise Invalid('the actor is "%s", the key is of "%s"' % (shown(payload['actor']), shown(envelope.signer)))
    if payload['seen']['size'] > seq:
        raise Invalid('entry %d cannot have seen a tree of %d' % (seq, payload['seen']['size']))
    if (action == 'ledger.created') != (seq == 0):
        raise Invalid('ledger.created must be entry 0, and only that')
    keys: Dict[str, str] = {}
    anchor = None
    attests = action == 'ledger.continued' and 'orchestratorKey' in detail
    if action in AUTHORITY_SHAPES:
        extra = {name: shape for name, shape in AUTHORITY_EXTRAS.get(action, {}).items() if name in detail}
        conform(detail, dict(AUTHORITY_SHAPES[action], **extra), 'detail')
    if action in ('person.enrolled', 'person.key.rotated', 'person.key.recovered'):
        keys = {'key': ledger + '/person/' + detail['person']}
    if action == 'orchestrator.key.rotated':
        keys = {'key': ledger + '/orchestrator'}
    if action in ('ledger.key.rotated', 'ledger.continued'):
        keys = {'key': origin}
    if attests:
        keys['orchestratorKey'] = ledger + '/orchestrator'
    if action == 'ledger.created':
        if origin != ledger:
            raise Invalid('"%s" names a ledger that goes on after a loss' % shown(origin))
        keys = {'logKey': origin, 'orchestratorKey': origin + '/orchestrator'}
    introduced = []
    for member, name in keys.items():
        key = parse_verifier_key(detail.get(member))
        if key.name != name:
            raise Invalid('detail.%s must be named %s' % (member, shown(name)))
        introduced.append(key)
    if action == 'ledger.continued':
        anchor = parse_checkpoint(detail['anchor'].encode('utf-8', 'replace'))
        if origin == ledger or not is_origin_of(ledger, detail['predecessor']):
            raise Invalid('the ledger cannot go on as "%s" after "%s"' % (shown(origin), shown(detail['predecessor'])))
        if detail['size'] != seq or payload['seen']['size'] != seq:
            raise Invalid('it is not the first entry after what is left')
        if anchor.origin != detail['predecessor']:
            raise Invalid('its checkpoint is of "%s"' % shown(anchor.origin))
    if len({key.public for key in introduced}) != len(introduced):
        raise Invalid('log and orchestrator have the same key')
    check_cosigners(action, envelope.others, introduced)
    return Entry(envelope, payload, digests_in(payload), introduced, ledger, anchor)


# Whose entries are signed by the keys that they bring as well, after the actor's, and before those by the key in whose place one comes.
OLD_KEY_SIGNS = ('orchestrator.key.rotated', 'ledger.key.rotated')
NEW_KEYS_SIGN = OLD_KEY_SIGNS + ('person.key.rotated', 'person.key.recovered', 'ledger.continued')


def check_cosigners(action: str, others: List[Signature], introduced: List[VerifierKey]) -> None:
    """An entry that puts a key in the place of another is signed by both, after a loss by the new ones; every other by its actor alone."""
    new = introduced if action in NEW_KEYS_SIGN else []
    expected = [key.name for key in (new if action in OLD_KEY_SIGNS else []) + new]
    if [signed.signer for signed in others] != expected:
        raise Invalid('beside its actor, %s must be signed by %s' % (action, ' and '.join(expected) or 'nobody'))
    if [signed.keyid for signed in others[len(others) - len(new):]] != [key.keyid for key in new]:
        raise Invalid('the keys that the entry introduces must sign it')


class Person(NamedTuple):
    person: str
    key: VerifierKey
    roles: List[str]  # for the organisation
    grants: List[Dict[str, Any]]  # {role, scope}
    administered_until: float  # position where what they administered ended, -1 if never, infinite while they do


class Approval(NamedTuple):
    roles: List[str]  # of who approved, then
    time: str


class Success(NamedTuple):
    run: str
    detail: Dict[str, Any]
    time: str


class Request(NamedTuple):
    kind: str  # promotion or rollback
    promotion: str  # the version and the stage
    approvals: int  # that it needs
    policy: Optional[Dict[str, Any]]  # of the gate that it was judged by
    asker: str
    approvers: Dict[str, Approval]


class Start(NamedTuple):
    """Of a run, or the import of a version that has none: the run, as canonical text or "import N", and the gates that it fixes."""
    run: str
    gates: Any


class Registration(NamedTuple):
    """Or import; `run` as in Start, None where it names none."""
    seq: int
    run: Optional[str]
    author: Any
    artifact: Any


class Hold(NamedTuple):
    version: str
    placed_by: str


FIXES_GATES = ('run.started', 'model.version.imported')  # what says by which gates a version is judged
DECISIONS = tuple('model.%s.%s' % (kind, verdict) for kind in ('promotion', 'rollback') for verdict in ('approved', 'rejected'))


# The built-in roles and all that each may do.
BUILT_IN = {
    'engineer': [
        'people.read', 'project.read', 'project.manage', 'dataset.read', 'dataset.snapshot', 'dataset.export',
        'run.read', 'run.start', 'run.cancel', 'model.read', 'model.import', 'model.request', 'model.label',
        'ledger.read', 'evidence.read', 'orchestrator.stop',
    ],
    'approver': [
        'people.read', 'project.read', 'dataset.read', 'run.read', 'model.read', 'model.request', 'model.sign',
        'model.decide', 'model.label', 'model.hold', 'ledger.read', 'ledger.anchor', 'evidence.read',
        'evidence.export',
    ],
    'auditor': [
        'people.read', 'project.read', 'dataset.read', 'dataset.export', 'run.read', 'model.read', 'model.sign',
        'model.hold', 'ledger.read', 'ledger.anchor', 'evidence.read', 'evidence.export',
    ],
    'administrator': [
        'people.read', 'people.manage', 'keys.manage', 'project.read', 'project.manage', 'dataset.read', 'run.read',
        'run.cancel', 'machine.manage', 'model.read', 'ledger.read', 'backup.manage', 'ledger.anchor', 'evidence.read',
        'orchestrator.stop',
    ],
}
RESERVED = ('people.manage', 'keys.manage')  # what no role of the workplace's own may do
KEPT_APART = ('model.sign', 'model.decide')  # what the policy keeps from administrators


def gates_taken_over(gates: Any, detail: Dict[str, Any]) -> List[Any]:
    """What a start fixes for an import's model; where that is nothing, for the model that its content was made as, under its name."""
    def of_model(name: Any) -> List[Any]:
        return [each for each in gates if isinstance(each, dict) and isinstance(each.get('model'), str) and each['model'] == name] if isinstance(gates, list) else []
    model, known = detail.get('model'), detail.get('known')
    own = of_model(model)
    if own or not isinstance(model, str) or not isinstance(known, dict):
        return own
    return [{**each, 'model': model} for each in of_model(known.get('model'))]


class History:
    """The state that entries, applied in order, build up: keys, roles, versions, requests, approvals and runs.

    An entry that breaks a demand changes nothing: a person enrolled without the right to never has a valid key.
    """

    def __init__(self) -> None:
        self.first_log_key: Optional[VerifierKey] = None  # the one that is pinned
        self.log_key: Optional[VerifierKey] = None  # that signs checkpoints after the last entry; its name is the origin
        self.log_keys: List[Tuple[int, VerifierKey]] = []  # all that there were, each after the size of its first checkpoint
        self.losses: List[Dict[str, Any]] = []  # where it went on under another origin, as the report has it
        self.orchestrator: Optional[VerifierKey] = None
        self.keys: Dict[str, VerifierKey] = {}  # that may sign the next entry, by key id
        self.public: Set[bytes] = set()  # public keys that stand in the ledger under some name
        self.people: Dict[str, Person] = {}  # who was enrolled, by the name of their key
        self.roles: Dict[str, Dict[str, Any]] = {}  # that the workplace defined, by name
        self.administrators_decide: Optional[str] = None  # yes or no, once an entry says it
        self.apart = True  # nobody decided who administered accounts since the version was registered
        self.decided_by: Optional[Dict[str, Any]] = None  # what data/permissions.json says, at the last decision
        self.descriptions: Dict[str, Dict[str, Any]] = {}  # the last of each project
        self.starts: Dict[int, Start] = {}  # of runs, and imports, by position
        self.others: Set[int] = set()  # where neither stands
        self.successes: Dict[str, List[Dict[str, Any]]] = {}  # of stages, by run
        self.succeeded: Dict[int, Success] = {}  # the same, by position
        self.registrations: Dict[Optional[str], List[Registration]] = {}  # and imports
        self.makers: Dict[str, Set[str]] = {}  # who brought in a file, by its digest
        self.requests: Dict[int, Request] = {}
        self.ended: Dict[int, str] = {}  # requests that were rejected, withdrawn or carried out
        self.moved: Dict[Optional[str], int] = {}  # where each version changed its stage last
        self.retired: Set[str] = set()  # versions that a person took out of use, and nothing moved since
        self.productions: Dict[Optional[str], Set[int]] = {}  # where each version entered production
        self.gated = True  # each rollback was asked for by what the gate of its version says
        self.holds: Dict[int, Hold] = {}
        self.released: Set[int] = set()  # holds
        self.replaced_model_keys: Set[str] = set()  # by their hints

    def check_source(self, seq: int, detail: Any) -> None:
        """A success of an earlier run is taken over with what it was made of and what it left. Raises Invalid, Absent."""
        source = detail['from'].get('entry') if isinstance(detail['from'], dict) else None
        if not a_count(source) or source >= seq:
            raise Invalid('it takes over no earlier entry')
        if source not in self.succeeded:
            raise Absent('entry %d, which it takes over, is no success of a stage that the pack proves' % source)
        earlier, key = self.succeeded[source].detail, detail.get('cacheKey')
        same = isinstance(key, str) and earlier.get('cacheKey') == key and 'from' not in earlier
        if not same or files_of(detail) != files_of(earlier):
            raise Invalid('entry %d, which it takes over, was made of or left something else' % source)

    def apply(self, entry: Entry) -> None:
        """Check what the entry demands of earlier ones, then let it take effect. Raises Invalid, Absent."""
        payload = entry.payload
        seq, action, detail = payload['seq'], payload['action'], payload['detail']
        if action not in FIXES_GATES:
            self.others.add(seq)
        if action == 'ledger.created':
            self.first_log_key, self.orchestrator = entry.keys
            self.set_log_key(self.first_log_key, 0)
            self.introduce(self.orchestrator)
        elif action == 'ledger.continued':
            self.go_on(entry)
        elif action == 'person.enrolled':
            self.enrol(entry, entry.keys[0])
        elif action in ('person.roles.changed', 'person.deactivated'):
            self.check_administration(entry)
            name = entry.ledger + '/person/' + detail['person']
            if name not in self.people:
                raise Absent('person "%s" was not enrolled before' % shown(detail['person']))
            if action == 'person.deactivated':
                self.keys.pop(self.people[name].key.keyid, None)
            else:
                until = administered_until(detail['roles'], min(self.people[name].administered_until, seq))
                self.people[name] = self.people[name]._replace(roles=detail['roles'], administered_until=until)
        elif action in ('person.granted', 'person.revoked'):
            self.change_grant(entry)
        elif action in ('role.defined', 'role.removed'):
            self.change_role(entry)
        elif action == 'policy.changed':
            self.change_policy(entry)
        elif action in ('person.key.rotated', 'person.key.recovered'):
            self.replace_person_key(entry, entry.keys[0])
        elif action in ('orchestrator.key.rotated', 'ledger.key.rotated'):
            self.replace_workplace_key(entry, entry.keys[0])
        elif action in ('project.created', 'project.changed') and 'project' in detail:
            self.descriptions[canonical_text(detail['project'])] = detail
        elif action == 'run.started' and 'run' in detail:
            run = canonical_text(detail['run'])
            self.starts[seq] = Start(run, detail.get('gates'))
            self.successes.setdefault(run, [])
        elif action.startswith('stage.'):
            run = canonical_text(detail['run']) if 'run' in detail else ''
            if run not in self.successes:
                raise Absent('its run was not started by an earlier entry')
            if action == 'stage.succeeded':
                if 'from' in detail:
                    self.check_source(seq, detail)
                self.successes[run].append(detail)
                self.succeeded[seq] = Success(run, detail, payload['time'])
        elif action == 'model.version.registered':
            made_by = canonical_text(detail['run']) if 'run' in detail else None
            self.register(entry, made_by)
        elif action == 'model.version.imported':
            self.import_version(entry)
        elif action == 'model.key.rotated':
            self.check_administration(entry)
            self.replaced_model_keys.add(detail['replaces'])
        elif action == 'model.version.signed':
            if isinstance(detail.get('hint'), str) and detail['hint'] in self.replaced_model_keys:
                raise Invalid('another key had been put in the place of the one that signed the model')
        elif action == 'model.promotion.requested':
            self.requests[seq] = self.judge_request(payload)
        elif action == 'model.rollback.requested':
            self.requests[seq] = self.judge_rollback(payload)
        elif action in DECISIONS:
            self.check_decision(entry)
            if self.has_administered(payload):
                self.apart = False
            self.decided_by = self.describe_permissions(seq)
            if action.endswith('.approved'):
                roles = self.roles_for(payload['actor'], detail)
                self.requests[detail['request']].approvers[payload['actor']] = Approval(roles, payload['time'])
            else:
                self.ended[detail['request']] = 'rejected'
        elif action == 'model.promotion.withdrawn':
            self.check_withdrawal(payload)
            self.ended[detail['request']] = 'withdrawn'
        elif action == 'model.hold.placed':
            version = version_of(detail)
            if version is None:
                raise Invalid('the hold does not say on which version it is')
            self.check_holder(payload)
            self.holds[seq] = Hold(version, payload['actor'])
        elif action == 'model.hold.released':
            self.check_release(payload)
        elif action == 'model.stage.changed':
            self.check_move(payload)
            version = version_of(detail)
            if version is not None:
                self.moved[version] = seq
                if detail.get('to') == 'archived' and payload['actor'] != entry.ledger + '/orchestrator':
                    self.retired.add(version)
                else:
                    self.retired.discard(version)
                if detail.get('to') == 'production':
                    self.productions.setdefault(version, set()).add(seq)

    def register(self, entry: Entry, run: Optional[str]) -> None:
        payload, ledger = entry.payload, entry.ledger
        detail = payload['detail']
        registration = Registration(payload['seq'], run, detail.get('author'), detail.get('artifact'))
        self.registrations.setdefault(version_of(detail), []).append(registration)
        if isinstance(registration.author, str) and isinstance(registration.artifact, str):
            self.makers.setdefault(registration.artifact, set()).add(ledger + '/person/' + registration.author)

    def import_version(self, entry: Entry) -> None:
        """By its author. What fixed its gates is the import, since it has no run, and nothing was measured."""
        payload = entry.payload
        detail, seq = payload['detail'], payload['seq']
        author = detail.get('author')
        if not isinstance(author, str) or payload['actor'] != entry.ledger + '/person/' + author:
            raise Invalid('the import is not signed by the author that it names')
        origin = detail.get('gatesFrom')
        if a_count(origin):
            if origin >= seq:
                raise Invalid('the import does not name an earlier entry that its gates are from')
            if origin in self.others:
                raise Invalid('entry %d, which the import has its gates from, is no start of a run and no import' % origin)
            if origin in self.starts:
                if 'gates' not in detail or canonical_text(gates_taken_over(self.starts[origin].gates, detail)) != canonical_text(detail['gates']):
                    raise Invalid('the import states other gates than entry %d, which it says that they are from' % origin)
        run = 'import %d' % seq  # no JSON text, so no run
        self.starts[seq] = Start(run, detail.get('gates'))
        self.successes[run] = []
        self.register(entry, run)

    def introduce(self, key: VerifierKey) -> None:
        self.keys[key.keyid] = key
        self.public.add(key.public)

    def set_log_key(self, key: VerifierKey, size: int) -> None:
        """It signs the checkpoint of that size, which its entry is under, and all larger ones."""
        self.log_key = key
        self.log_keys.append((size, key))
        self.public.add(key.public)

    def given_up(self, origin: str) -> bool:
        """After a loss."""
        return any(loss['predecessor'] == origin for loss in self.losses)

    def check_origin(self, entry: Entry) -> None:
        """An entry names the origin that the ledger has there; that which goes on under another names it."""
        origin, goes_on = entry.payload['origin'], entry.payload['action'] == 'ledger.continued'
        present = self.log_key.name if self.log_key else entry.ledger
        if self.given_up(origin) or (goes_on and origin == present):
            raise Invalid('the ledger was "%s" before' % shown(origin))
        if not goes_on and origin != present:
            raise Absent('the entry is signed for "%s", and the ledger is "%s"' % (shown(origin), shown(present)))

    def go_on(self, entry: Entry) -> None:
        """After a loss, under another origin: nothing is signed under the one before any more."""
        payload, (key, *attested), anchor = entry.payload, entry.keys, entry.anchor
        predecessor, signers = payload['detail']['predecessor'], [keyid for keyid, _ in anchor.signatures] if anchor else []
        for new in entry.keys:
            self.check_new(new)
        if self.given_up(predecessor):
            raise Invalid('"%s" was given up before' % shown(predecessor))
        if anchor is not None:
            for _, log_key in self.log_keys:
                if log_key.keyid in signers:
                    check_note_signature(anchor, log_key)
        if self.log_key is not None and predecessor != self.log_key.name:
            raise Absent('it goes on after "%s", and the ledger is "%s"' % (shown(predecessor), shown(self.log_key.name)))
        self.check_administration(entry)
        signed = anchor.size if anchor else 0
        # Of what is lost the last key of that origin signed the checkpoints.
        of_size = [log_key.keyid for size, log_key in self.log_keys if log_key.name == predecessor and size <= signed]
        self.losses.append({
            'entry': payload['seq'],
            'predecessor': predecessor,
            'origin': payload['origin'],
            'signed': signed,
            'isProved': of_size[-1:] != [] and of_size[-1] in signers,
            'by': payload['actor'],
            'orchestratorKey': attested[0].keyid if attested else None,
            'reason': payload['detail']['reason'],
        })
        self.set_log_key(key, payload['seq'] + 1)
        for orchestrator in attested:
            self.set_orchestrator(orchestrator)

    def set_orchestrator(self, key: VerifierKey) -> None:
        """The one before signs nothing any more."""
        if self.orchestrator is not None:
            self.keys.pop(self.orchestrator.keyid, None)
        self.introduce(key)
        self.orchestrator = key

    def enrol(self, entry: Entry, key: VerifierKey) -> None:
        payload = entry.payload
        if key.name in self.people:
            raise Invalid('person "%s" is enrolled already' % shown(payload['detail']['person']))
        if key.public in self.public:
            raise Invalid('the key of "%s" stands in the ledger under another name' % shown(key.name))
        self.check_administration(entry)
        self.introduce(key)
        roles = payload['detail']['roles']
        self.people[key.name] = Person(payload['detail']['person'], key, roles, [], administered_until(roles, -1))

    def change_grant(self, entry: Entry) -> None:
        """A role for a project or a model alone, beside those for the organisation."""
        detail = entry.payload['detail']
        if detail['role'] == 'administrator':
            raise Invalid('nobody is an administrator of a part of the organisation')
        self.check_administration(entry)
        name = entry.ledger + '/person/' + detail['person']
        if name not in self.people:
            raise Absent('person "%s" was not enrolled before' % shown(detail['person']))
        grant = {'role': detail['role'], 'scope': detail['scope']}
        grants = [each for each in self.people[name].grants if each != grant]
        if entry.payload['action'] == 'person.granted':
            grants.append(grant)
        self.people[name] = self.people[name]._replace(grants=grants)

    def change_role(self, entry: Entry) -> None:
        """Built-in roles stay as they are, and what they alone may do stays with them."""
        detail, defines = entry.payload['detail'], entry.payload['action'] == 'role.defined'
        if detail['role'] in BUILT_IN:
            raise Invalid('"%s" is a built-in role' % shown(detail['role']))
        if defines and any(each in detail['permissions'] for each in RESERVED):
            raise Invalid('the role "%s" has what administrators alone may do' % shown(detail['role']))
        self.check_administration(entry)
        if defines:
            self.roles[detail['role']] = detail
        elif self.roles.pop(detail['role'], None) is None:
            raise Absent('the role "%s" was not defined before' % shown(detail['role']))

    def change_policy(self, entry: Entry) -> None:
        """The orchestrator says once what holds while nobody said anything; administrators change it."""
        says = entry.payload['detail']['administratorsDecide']
        if entry.payload['actor'] != entry.ledger + '/orchestrator':
            self.check_administration(entry)
        elif self.administrators_decide is not None or says != 'no':
            raise Invalid('the orchestrator does not change the policy')
        self.administrators_decide = says

    def roles_for(self, actor: str, target: Dict[str, Any]) -> List[str]:
        """The roles that somebody holds for a model, those for the organisation included."""
        if actor not in self.people:
            return []
        held = self.people[actor]
        reaching = [grant['role'] for grant in held.grants if reaches(grant['scope'], target)]
        return held.roles + reaching

    def may_do(self, actor: str, permission: str, target: Dict[str, Any]) -> bool:
        if self.administrators_decide == 'no' and permission in KEPT_APART and self.has_role(actor, 'administrator'):
            return False
        own = {role: detail['permissions'] for role, detail in self.roles.items()}
        return any(permission in BUILT_IN.get(role, own.get(role, [])) for role in self.roles_for(actor, target))

    def has_administered(self, payload: Dict[str, Any]) -> bool:
        """Whether who signs a decision administered accounts at the registration of its version, or at any time since."""
        registered = self.registrations.get(version_of(payload['detail']), [])
        return any(self.people[payload['actor']].administered_until >= each.seq for each in registered)

    def describe_permissions(self, position: int) -> Dict[str, Any]:
        """What data/permissions.json says, but for the built-in roles."""
        active = [person for person in self.people.values() if person.key.keyid in self.keys]
        return {
            'at': position,
            'policy': {'administratorsDecide': self.administrators_decide or 'not recorded'},
            'roles': [self.roles[role] for role in sorted(self.roles, key=code_units)],
            'people': [{'person': each.person, 'roles': each.roles, 'grants': each.grants} for each in active],
        }

    def replace_person_key(self, entry: Entry, key: VerifierKey) -> None:
        """A person rotates their own key; an administrator who is somebody else recovers one that is lost."""
        payload = entry.payload
        own = payload['actor'] == key.name
        if own != (payload['action'] == 'person.key.rotated'):
            raise Invalid('one rotates the own key and recovers that of somebody else')
        self.check_new(key)
        if not own:
            self.check_administration(entry)
        if key.name not in self.people:
            raise Absent('person "%s" was not enrolled before' % shown(payload['detail']['person']))
        old = self.people[key.name].key
        if old.keyid not in self.keys:
            raise Invalid('the account of person "%s" has ended' % shown(payload['detail']['person']))
        del self.keys[old.keyid]
        self.introduce(key)
        self.people[key.name] = self.people[key.name]._replace(key=key)

    def replace_workplace_key(self, entry: Entry, key: VerifierKey) -> None:
        self.check_new(key)
        self.check_administration(entry)
        if entry.payload['action'] == 'ledger.key.rotated':
            self.set_log_key(key, entry.payload['seq'] + 1)
        else:
            self.set_orchestrator(key)

    def check_new(self, key: VerifierKey) -> None:
        if key.public in self.public:
            raise Invalid('the key of "%s" stands in the ledger already' % shown(key.name))

    def cosigning_keys(self, entry: Entry) -> List[Optional[VerifierKey]]:
        """Of the further signatures: the new keys' are the last, before them that of the key which one replaces."""
        old = self.log_key if entry.payload['action'] == 'ledger.key.rotated' else self.orchestrator
        others = entry.envelope.others
        new = entry.keys if others else []
        replaced = [old if old is not None and signed.keyid == old.keyid else None for signed in others[:len(others) - len(new)]]
        return replaced + new

    def check_administration(self, entry: Entry) -> None:
        """The orchestrator enrols the first person; everything else is for administrators."""
        payload = entry.payload
        actor = payload['actor']
        first = payload['action'] == 'person.enrolled' and not self.people
        if first and actor != entry.ledger + '/orchestrator':
            raise Absent('the first person must be enrolled by the orchestrator')
        if not first and not self.has_role(actor, 'administrator'):
            raise Absent('%s must be signed by an administrator' % payload['action'])

    def has_role(self, actor: str, role: str) -> bool:
        return actor in self.people and role in self.people[actor].roles

    def judge_request(self, payload: Dict[str, Any]) -> Request:
        """The gate is the one that the start of the version's run, or its import, fixed, and what the run recorded meets it."""
        detail, at = payload['detail'], payload['detail'].get('gateEntry')
        promotion = version_of(detail, with_stage=True)
        if promotion is None:
            raise Invalid('the request does not say for which version and stage it is')
        conditions = detail.get('conditions')
        conform(conditions, JUDGED_SHAPE, 'conditions')
        for condition in conditions:
            check_met(condition)
        requirements = detail.get('requirements', [])
        conform(requirements, REQUIREMENTS_SHAPE, 'requirements')
        if not a_positive(detail.get('approvals')):
            raise Invalid('the request does not say how many approvals it needs')
        if not a_count(at) or at >= payload['seq']:
            raise Invalid('the request does not name the earlier entry that fixed its gate')
        start, registered = self.starts.get(at), self.registrations.get(version_of(detail), [])
        if start is None:
            raise Absent('entry %d is not the start of a run, or an import, that this pack proves' % at)
        run = start.run
        if any(each.run != run for each in registered):
            raise Invalid('entry %d starts another run than the one that made the version' % at)
        bare = [{name: condition[name] for name in CONDITION_SHAPE} for condition in conditions]
        judged = canonical_text([bare, detail['approvals'], [[each['what'], each['name']] for each in requirements]])
        gate = next((each for each in read_gates(start, detail['model'], detail['to']) if demands_of(each) == judged), None)
        if gate is None:
            raise Invalid('the request was not judged by the gate that entry %d fixed' % at)
        proven = [self.is_proven(each, run, gate['policy'], payload) for each in requirements]
        recorded = [values_called(condition['metric'], self.successes[run]) for condition in conditions]
        for condition, values in zip(conditions, recorded):
            if len(values) > 1 or values and values[0] != condition['value']:
                raise Invalid('the run did not record this as the one value of %s' % shown(condition['metric']))
        if not all(recorded):
            raise Absent('a metric of the gate was not recorded before the request')
        if not all(proven):
            raise Absent('an entry that answers what the gate asks for is not the success of a stage that the pack proves')
        if not registered:
            raise Absent('the registration of this version, which names its run, is not in the pack')
        return Request('promotion', promotion, detail['approvals'], gate.get('policy'), payload['actor'], {})

    def is_proven(self, requirement: Dict[str, Any], run: str, policy: Dict[str, Any], payload: Dict[str, Any]) -> bool:
        """Whether the pack proves the success that a requirement names; it must then be what was asked for, and not too old."""
        name, entry = requirement['name'], requirement['entry']
        if entry >= payload['seq']:
            raise Invalid('what answers %s stands later' % shown(name))
        success = self.succeeded.get(entry)
        if success is None:
            return False
        if requirement['what'] == 'test':
            holds = success.detail.get('stage') == name
        else:
            files = success.detail.get('evidence')
            holds = isinstance(files, list) and any(isinstance(file, dict) and file.get('kind') == name for file in files)
        if success.run != run or not holds:
            raise Invalid('entry %d does not answer %s' % (entry, shown(name)))
        if not is_within(policy['expires']['evidence'], success.time, payload['time']):
            raise Invalid('entry %d is too old to answer %s' % (entry, shown(name)))
        return True

    def judge_rollback(self, payload: Dict[str, Any]) -> Request:
        """A version can return to production only if it had entered it and nobody took it out of use, as its gate says."""
        detail, entered = payload['detail'], payload['detail'].get('entered')
        promotion = version_of(detail, with_stage=True)
        if promotion is None or detail['to'] != 'production':
            raise Invalid('the request does not say which version returns to production')
        if not a_positive(detail.get('approvals')):
            raise Invalid('the request does not say how many approvals it needs')
        if not a_count(entered) or entered >= payload['seq']:
            raise Invalid('the request does not name the earlier entry by which the version was in production')
        policy, gated = None, 'gateEntry' in detail
        if gated:
            policy = self.policy_of_return(payload)
        if entered not in self.productions.get(version_of(detail), ()):
            raise Absent('entry %d did not move this version to production' % entered)
        if gated and version_of(detail) in self.retired:
            raise Absent('somebody had taken this version out of use')
        self.gated = self.gated and gated
        return Request('rollback', promotion, detail['approvals'], policy, payload['actor'], {})

    def policy_of_return(self, payload: Dict[str, Any]) -> Optional[Dict[str, Any]]:
        """What the gate states of who approves a rollback, or asks for entering production."""
        detail, at = payload['detail'], payload['detail']['gateEntry']
        if not a_count(at) or at >= payload['seq']:
            raise Invalid('the request does not name the earlier entry that fixed its gate')
        start, registered = self.starts.get(at), self.registrations.get(version_of(detail), [])
        if start is None:
            raise Absent('entry %d is not the start of a run, or an import, that this pack proves' % at)
        if any(each.run != start.run for each in registered):
            raise Invalid('entry %d starts another run than the one that made the version' % at)
        for gate in read_gates(start, detail['model'], 'production'):
            policy = gate.get('policy', {})
            rule = policy.get('rollback', {'approvals': gate['approvals'], 'roles': policy.get('roles')})
            if rule['approvals'] == detail['approvals']:
                break
        else:
            raise Invalid('the gate of entry %d says another number of approvals for a rollback' % at)
        if not registered:
            raise Absent('the registration of this version, which names its run, is not in the pack')
        return dict(policy, roles=rule['roles']) if policy else None

    def check_withdrawal(self, payload: Dict[str, Any]) -> None:
        """By who asked."""
        detail, request = payload['detail'], payload['detail'].get('request')
        if not a_count(request) or request >= payload['seq']:
            raise Invalid('the withdrawal does not name an earlier request')
        if request not in self.requests:
            raise Absent('entry %d is not a request that this pack proves' % request)
        if self.requests[request].promotion != version_of(detail, with_stage=True):
            raise Invalid('the request %d is for another version or stage' % request)
        if self.requests[request].asker != payload['actor']:
            raise Invalid('somebody else than who asked withdrew the request')
        if request in self.ended:
            raise Invalid('the request %d was %s before' % (request, self.ended[request]))

    def check_release(self, payload: Dict[str, Any]) -> None:
        """Of an earlier hold on the same version, by a second person."""
        detail, hold = payload['detail'], payload['detail'].get('hold')
        if not a_count(hold) or hold >= payload['seq']:
            raise Invalid('the release does not name an earlier hold')
        if hold not in self.holds:
            raise Absent('entry %d is not a hold that this pack proves' % hold)
        if self.holds[hold].version != version_of(detail):
            raise Invalid('the hold %d is on another version' % hold)
        if self.holds[hold].placed_by == payload['actor']:
            raise Invalid('a hold was released by who placed it')
        self.check_holder(payload)
        self.released.add(hold)

    def check_holder(self, payload: Dict[str, Any]) -> None:
        if not self.may_do(payload['actor'], 'model.hold', payload['detail']):
            raise Absent('a hold takes a role that places holds on this model')

    def check_move(self, payload: Dict[str, Any]) -> None:
        """By a request that was approved and is not over, and is from here on; to production by a request since the version moved last, as no approval counts twice.

        From production to staging by none: another version takes its place, and a hold that stands keeps it from the archive.
        """
        detail = payload['detail']
        if detail.get('to') not in ('staging', 'production'):
            return
        wanted, since = version_of(detail, with_stage=True), -1
        if detail['to'] == 'production':
            since = self.moved.get(version_of(detail), -1)
        asked = [at for at, request in self.requests.items() if request.promotion == wanted and at not in self.ended]
        if not self.is_kept(detail) and not any(at > since and is_approved(self.requests[at], payload['time']) for at in asked):
            raise Absent('the approvals of this version for %s that are needed do not stand before it' % detail['to'])
        self.ended.update((at, 'carried out') for at in asked)

    def is_kept(self, detail: Dict[str, Any]) -> bool:
        """A version that leaves production for staging, as a hold on it stands."""
        version = version_of(detail)
        in_production = version is not None and self.moved.get(version) in self.productions.get(version, set())
        held = any(hold.version == version and at not in self.released for at, hold in self.holds.items())
        return detail['to'] == 'staging' and in_production and held

    def check_decision(self, entry: Entry) -> None:
        """Four eyes: who may decide on the model or whom the gate asks for, not the author, on an earlier request for the same version and stage."""
        payload = entry.payload
        actor, detail, request = payload['actor'], payload['detail'], payload['detail'].get('request')
        wanted = version_of(detail, with_stage=True)
        version = version_of(detail)
        registered = self.registrations.get(version, []) if version is not None else []
        if not all(isinstance(each.author, str) for each in registered):
            raise Invalid('the registration of the version names no author')
        if any(actor == entry.ledger + '/person/' + each.author for each in registered):
            raise Invalid('the author of a version decided on it')
        if any(isinstance(each.artifact, str) and actor in self.makers.get(each.artifact, set()) for each in registered):
            raise Invalid('who decided brought in the same file as another version')
        if not a_count(request) or request >= payload['seq']:
            raise Invalid('the decision does not name an earlier request')
        if request in self.requests:
            asked = self.requests[request]
            if asked.promotion != wanted or not payload['action'].startswith('model.%s.' % asked.kind):
                raise Invalid('the request %d is for something else' % request)
        if request in self.ended:
            raise Invalid('the request %d was %s before' % (request, self.ended[request]))
        if request not in self.requests:
            raise Absent('entry %d is not a request that this pack proves' % request)
        policy = self.requests[request].policy
        asked_for = policy['roles'] if policy else {}
        if asked_for:
            counts = self.may_do(actor, 'model.sign', detail) and any(role in asked_for for role in self.roles_for(actor, detail))
        else:
            counts = self.may_do(actor, 'model.decide', detail)
        if not counts:
            raise Absent('the decision must be signed by somebody who held a role for this model that counts')
        if not registered:
            raise Absent('the registration of this version, which names its author, is not in the pack')
        if self.administrators_decide == 'no' and self.has_administered(payload):
            raise Absent('who signed the decision administered accounts since the version was registered')


def administered_until(roles: List[str], otherwise: float) -> float:
    """Where somebody with these roles ceases to administer accounts; nowhere as yet while they hold the role."""
    return math.inf if 'administrator' in roles else otherwise


def reaches(scope: Dict[str, Any], target: Dict[str, Any]) -> bool:
    """Whether a role for that project or model is one for the model."""
    if scope['project'] != target.get('project'):
        return False
    return scope['kind'] == 'project' or scope['model'] == target.get('model')


def compare_permissions(stated: Dict[str, Any], recorded: Dict[str, Any]) -> None:
    built_in, own = stated['roles'][: len(BUILT_IN)], stated['roles'][len(BUILT_IN) :]
    if [(each['role'], each['permissions']) for each in built_in] != list(BUILT_IN.items()):
        raise Invalid('it says other things of the built-in roles than they may do')
    if canonical_text(dict(stated, roles=own)) != canonical_text(recorded):
        raise Invalid('it says other things of roles, people or policy than the entries of the pack')


def read_gates(start: Start, model: Any, to: str) -> List[Dict[str, Any]]:
    """What the start of a run fixed for a model to enter a stage; more than one if old pipelines named the model twice."""
    conform(start.gates, RUN_GATES_SHAPE, 'gates of the run')
    for gate in [gate for each in start.gates for gate in each['gates']]:
        conform(gate, shape_of_gate(gate), 'a gate of the run')
    unsaid: Dict[str, Any] = {'conditions': [], 'approvals': 1}
    fixed = [each['gates'] for each in start.gates if each['model'] == model]
    gates = [next((gate for gate in gates if gate['to'] == to), unsaid) for gates in fixed]
    if len(gates) > 1 and any('policy' in gate for gate in gates):
        raise Invalid('the run fixed more than one gate for the model')
    return gates


def shape_of_gate(gate: Dict[str, Any]) -> Dict[str, Any]:
    """With the members that it may have or not."""
    if 'policy' not in gate:
        return GATE_SHAPE
    states = isinstance(gate['policy'], dict) and 'rollback' in gate['policy']
    return dict(GATE_SHAPE, policy=dict(POLICY_SHAPE, rollback=ROLLBACK_SHAPE) if states else POLICY_SHAPE)


def demands_of(gate: Dict[str, Any]) -> str:
    """What a request answers: conditions, approvals, and the kinds of evidence and tests in their order."""
    policy = gate.get('policy', {'evidence': [], 'tests': []})
    requirements = [['evidence', name] for name in policy['evidence']] + [['test', name] for name in policy['tests']]
    return canonical_text([gate['conditions'], gate['approvals'], requirements])


def is_within(days: int, then: str, now: str) -> bool:
    """Whether no more than so many days lie between two times, to the whole second; 0 is however many."""
    began, ended = (datetime.datetime.strptime(time[:19], '%Y-%m-%dT%H:%M:%S') for time in (then, now))
    passed = ended - began
    return days == 0 or passed.days * 86400 + passed.seconds <= days * 86400


def is_approved(request: Request, now: str) -> bool:
    """So many people, and so many of each role, nobody twice: each set of roles has the holders it asks for (Hall's theorem)."""
    policy = request.policy or {'roles': {}, 'expires': {'approvals': 0}}
    counted = [each for each in request.approvers.values() if is_within(policy['expires']['approvals'], each.time, now)]
    roles = list(policy['roles'].items())
    for size in range(1, len(roles) + 1):
        for chosen in itertools.combinations(roles, size):
            holders = sum(any(role in each.roles for role, _ in chosen) for each in counted)
            if holders < sum(many for _, many in chosen):
                return False
    return len(counted) >= request.approvals


def check_met(condition: Dict[str, Any]) -> None:
    """In exact decimals."""
    value, threshold = decimal.Decimal(condition['value']), decimal.Decimal(condition['threshold'])
    if value < threshold if condition['bound'] == 'min' else value > threshold:
        raise Invalid('the metric %s does not meet its condition' % shown(condition['metric']))


def files_of(detail: Dict[str, Any]) -> Set[str]:
    """Paths and digests of what a stage left. Raises Invalid."""
    outs = detail.get('outs')
    if not isinstance(outs, list) or not all(isinstance(out, dict) and isinstance(out.get('path'), str) and isinstance(out.get('sha256'), str) for out in outs):
        raise Invalid('it does not say what the stage left')
    return {canonical_text([out['path'], out['sha256']]) for out in outs}


def values_called(name: str, successes: List[Dict[str, Any]]) -> List[Any]:
    """Each value that stages recorded under a metric's name, alone or with the stage's name before it."""
    found = []
    for detail in successes:
        metrics, stage = detail.get('metrics'), detail.get('stage')
        if not isinstance(metrics, dict):
            continue
        names = [name]
        if isinstance(stage, str) and name.startswith(stage + '.'):
            names.append(name[len(stage) + 1:])
        found += [metrics[each] for each in names if each in metrics]
    return found


def version_of(detail: Dict[str, Any], with_stage: bool = False) -> Optional[str]:
    """Project, model and version, and the stage if asked for, as one comparable text; None if they are not all said."""
    names = ['project', 'model', 'version'] + ['to'] * with_stage
    if not all(name in detail for name in names) or with_stage and not isinstance(detail['to'], str):
        return None
    return canonical_text([detail[name] for name in names])


def failure_code(action: str) -> str:
    if action == 'model.promotion.requested':
        return 'gate-invalid'
    if action.startswith(('stage.', 'model.stage.')) or action in ('model.rollback.requested', 'model.version.signed'):
        return 'order-invalid'
    return 'authority-invalid'


# --- The verification, step by step ---------------------------------------------------------------

STATUSES = ('supported', 'partial', 'missing', 'not-applicable', 'not-yet')
REASONS = ('other-project', 'session', 'after-the-decision', 'not-in-scope')
PLACE_CODES = ('path-invalid', 'file-unlisted', 'file-missing', 'digest-mismatch')
RELEASE = '0.1.0'
SHIPPED_FRAMEWORKS = {  # that go out with this release, by their digests
    'eu-ai-act': 'edb2986d80b6654c8880c9fe4b1e29d54342767656a822b1ad07c573046375e4',
    'nist-ai-rmf': '699cff4a80bf62fa14984511027592953d7eced80495e877d6609a112accf07a',
}


class Verification:
    """One run over one pack. Each method is one step; findings gather in `findings`, keyed by (file, code)."""

    def __init__(self, container: Container, pinned: Optional[str]) -> None:
        self.broken, self.files, self.pinned = container.broken, container.files, pinned
        self.findings: Dict[Tuple[str, str], str] = {}
        self.set_aside: Set[str] = set()  # damaged, missing or unlisted files: what would need them is left undecided
        self.pack: Optional[Dict[str, Any]] = None
        self.facts: Optional[List[Dict[str, Any]]] = None
        self.claims: Optional[List[Dict[str, Any]]] = None
        self.rows: Dict[str, Optional[List[Dict[str, Any]]]] = {}
        self.checkpoint: Optional[Checkpoint] = None
        self.history = History()
        self.entries: Dict[int, Entry] = {}  # the well-formed ones
        self.gap = False  # an entry was set aside: what cannot be found may have stood in it
        for code, path, message in container.odd:
            self.find(code, path, message)

    def run(self) -> Dict[str, Any]:
        if not self.broken:
            self.check_bag()
            self.read_pack()
            self.read_frameworks()
            self.check_entries()
            self.check_pack_signature()
            self.check_checkpoint()
            self.check_proofs()
            self.check_omissions()
            self.check_permissions()
            self.check_subject()
            self.check_facts()
            self.check_claims()
            self.check_tables()
            self.check_documents()
            self.check_disclosures()
        return self.report()

    def find(self, code: str, file: str, message: str) -> None:
        self.findings.setdefault((file, code), message)

    def put_aside(self, code: str, path: str, message: str) -> None:
        self.set_aside.add(path)
        if code == 'file-unlisted':
            del self.files[path]
        # What lies in the place of a missing file, or has none, was found already.
        if not any((path, other) in self.findings for other in PLACE_CODES):
            self.find(code, path, message)

    def usable(self, path: str) -> bool:
        return path in self.files and path not in self.set_aside

    def attempt(self, code: str, file: str, step: Callable[[], Any], after_gap: bool = False) -> Any:
        """What the step returns; None if it raises Invalid, which becomes a finding."""
        try:
            return step()
        except Invalid as problem:
            if not (after_gap and isinstance(problem, Absent)):
                self.find(code, file, str(problem))
            return None

    def examine(self, path: str, code: str, parse: Callable[[bytes], Any]) -> Any:
        """What `parse` makes of a file; None if that fails, which is a finding, or the file is not usable."""
        if not self.usable(path):
            return None
        return self.attempt(code, path, lambda: parse(self.files[path].content()))

    def read_jcs(self, path: str, shape: Any) -> Any:
        def parse(data: bytes) -> Any:
            value = parse_jcs(data)
            conform(value, shape)
            return value

        return self.examine(path, 'format-invalid', parse)

    def numbered(self, pattern: re.Pattern[str], expected: bool = False) -> List[int]:
        """The positions of the entry or proof files in the pack; with `expected`, also of those set aside."""
        paths = set(self.files) | (self.set_aside if expected else set())
        return sorted(int(match[1]) for match in map(pattern.fullmatch, paths) if match)

    # Names, bag and digests

    def check_bag(self) -> None:
        for path in list(self.files):
            if path not in REQUIRED and not any(place.fullmatch(path) for place in PLACED):
                self.drop(path, 'a pack has no such file')
        for path in REQUIRED:
            if path not in self.files:
                self.put_aside('file-missing', path, 'the file is not in the pack')
        self.compare_with_manifest(TAG_MANIFEST, is_tag)
        listed = self.compare_with_manifest(MANIFEST, is_payload)
        self.examine('bagit.txt', 'bag-invalid', self.check_bagit)
        self.examine('bag-info.txt', 'bag-invalid', lambda data: self.check_bag_info(data, listed))

    def drop(self, path: str, message: str) -> None:
        """What has no place in the layout is no file of the pack, whatever the manifests say."""
        self.find('file-unlisted', path, message)
        del self.files[path]

    def compare_with_manifest(self, manifest: str, belongs: Callable[[str], bool]) -> Optional[Dict[str, str]]:
        listed = self.examine(manifest, 'bag-invalid', lambda data: parse_manifest(data, belongs))
        if listed is None:
            return None
        for path, digest in listed.items():
            if path not in self.files:
                self.put_aside('file-missing', path, 'the manifest lists a file that is not there')
            elif self.files[path].sha256 != digest:
                self.put_aside('digest-mismatch', path, 'the content is not what the manifest lists: it was altered')
        for path in [path for path in self.files if belongs(path) and path not in listed]:
            self.put_aside('file-unlisted', path, 'the manifest does not list this file')
        return listed

    def check_bagit(self, data: bytes) -> None:
        if data != b'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n':
            raise Invalid('bagit.txt must be the two lines of BagIt 1.0')

    def check_bag_info(self, data: bytes, listed: Optional[Dict[str, str]]) -> None:
        info = parse_bag_info(data)
        if listed is not None and all(map(self.usable, listed)):
            oxum = '%d.%d' % (sum(self.files[path].size for path in listed), len(listed))
            if info['Payload-Oxum'] != oxum:
                raise Invalid('Payload-Oxum says %s, the payload is %s' % (info['Payload-Oxum'], oxum))

    # Scope and frameworks

    def read_pack(self) -> None:
        pack = self.read_jcs(PACK, PACK_SHAPE)
        if pack is not None:
            self.pack = self.attempt('format-invalid', PACK, lambda: check_framework_names(pack))

    def read_frameworks(self) -> None:
        if self.pack is None:
            return
        frameworks = self.pack['frameworks']
        named = {framework['file'] for framework in frameworks}
        for path in list(self.files):
            if FRAMEWORK_PATH.fullmatch(path) and path not in named:
                self.drop(path, 'data/pack.json does not name this framework')
        for framework in frameworks:
            path = framework['file']
            if path not in self.files:
                self.put_aside('file-missing', path, 'data/pack.json names this framework')
            elif self.usable(path) and self.files[path].sha256 != framework['sha256']:
                self.find('format-invalid', PACK, 'the digest of %s is not the one that data/pack.json names' % path)
            self.rows[framework['id']] = self.examine(path, 'format-invalid', assessable_rows)

    # Entries, in one pass in ledger order

    def check_entries(self) -> None:
        expected = self.numbered(ENTRY_PATH, expected=True)
        if sum(self.files[entry_path(seq)].size for seq in expected if entry_path(seq) in self.files) > MAX_LEAVES_BYTES:
            raise PackUnreadable('the entries are larger than %d bytes' % MAX_LEAVES_BYTES)
        origin = self.pack['origin'] if self.pack else None
        for seq in expected:
            path = entry_path(seq)
            self.gap = self.gap or path in self.set_aside
            first = self.history.first_log_key
            known = origin if origin is not None else first.name if first else None
            entry = self.examine(path, 'entry-invalid', lambda data: parse_entry(data, seq, known))
            if entry is not None:
                self.entries[seq] = entry
                self.check_entry(path, entry)

    def check_entry(self, path: str, entry: Entry) -> None:
        self.attempt('entry-invalid', path, lambda: self.history.check_origin(entry), after_gap=self.gap)
        if (path, 'entry-invalid') in self.findings:
            return
        envelope, action = entry.envelope, entry.payload['action']
        known = {key.keyid: key for key in entry.keys[1:]} if action == 'ledger.created' else self.history.keys
        keys = [known.get(envelope.keyid)] + self.history.cosigning_keys(entry)
        signed = list(zip(keys, [(envelope.keyid, envelope.signature)] + [(s.keyid, s.signature) for s in envelope.others]))
        for key, (keyid, _) in signed:
            if key is None:
                if not self.gap:
                    self.find('key-unknown', path, 'no key %s is valid at this position' % shown(keyid, 120))
                return
        for key, (_, signature) in signed:
            if not signature_holds(key.public, envelope.message, signature):
                self.find('signature-invalid', path, 'the signature of %s does not match the entry' % shown(key.name, 120))
                return
        self.attempt(failure_code(action), path, lambda: self.history.apply(entry), after_gap=self.gap)

    def check_subject(self) -> None:
        """The model file that the pack is about is the one that was registered, its project as last described."""
        if self.pack is None:
            return
        model, project = self.pack['model'], self.pack['project']
        described = self.history.descriptions.get(canonical_text(project['id']))
        if described is None and not self.gap:
            self.find('format-invalid', PACK, 'no entry of the pack describes the project that it names')
        if described is not None and not self.gap:  # which may have changed the description
            for name in ('name', 'intendedPurpose', 'roles', 'annexIII'):
                if canonical_text(described.get(name)) != canonical_text(project[name]):
                    self.find('format-invalid', PACK, 'project.%s is not what the last entry about it says' % name)
        registered = self.registered()
        if not registered and not self.gap:
            self.find('format-invalid', PACK, 'no entry of the pack registers the version that it names')
        if any(each.artifact != model['artifact'] for each in registered):
            self.find('format-invalid', PACK, 'the artifact is not the one that was registered')

    def registered(self) -> List[Registration]:
        """The registrations of the version that the pack is about."""
        if self.pack is None:
            return []
        model = self.pack['model']
        version = canonical_text([self.pack['project']['id'], model['name'], model['version']])
        return self.history.registrations.get(version, [])

    def exporter_is_author(self) -> bool:
        if self.pack is None:
            return False
        authors = [each.author for each in self.registered() if isinstance(each.author, str)]
        return self.pack['exporter'] in [self.pack['origin'] + '/person/' + author for author in authors]

    # The exporter's signature, checkpoint, proofs, omissions

    def check_pack_signature(self) -> None:
        """The keys that may sign are those after the last entry."""
        self.examine(SIGNATURE, 'pack-signature-invalid', self.check_statement)

    def check_statement(self, data: bytes) -> None:
        envelope = open_envelope(data, 'application/vnd.in-toto+json')
        if envelope.others:
            raise Invalid('there must be one signature')
        statement = envelope.payload
        conform(statement, STATEMENT_SHAPE, 'the statement')
        if len(statement['subject']) != 1:
            raise Invalid('the statement must have one subject')
        if self.pack is not None:
            if envelope.signer != self.pack['exporter']:
                raise Invalid('signed by "%s", not by the exporter' % shown(envelope.signer, 120))
            predicate = statement['predicate']
            if predicate['origin'] != self.pack['origin'] or predicate['treeSize'] != self.pack['tree']['size']:
                raise Invalid('the statement is about another ledger or tree than data/pack.json')
        key = self.history.keys.get(envelope.keyid)
        if key is None and not self.gap:
            raise Invalid('no key %s is valid at the size of the tree' % shown(envelope.keyid, 120))
        if key is not None and not signature_holds(key.public, envelope.message, envelope.signature):
            raise Invalid('the signature of %s does not match' % shown(key.name, 120))
        if TAG_MANIFEST in self.files and self.files[TAG_MANIFEST].sha256 != statement['subject'][0]['digest']['sha256']:
            if key is not None:
                self.put_aside('digest-mismatch', TAG_MANIFEST, 'the content is not the one that the exporter signed')
            raise Invalid('what was signed is not this tagmanifest-sha256.txt')
        if key is not None and self.pack is not None and not self.gap:
            target = {'project': self.pack['project']['id'], 'model': self.pack['model']['name']}
            if not self.history.may_do(key.name, 'evidence.export', target):
                raise Invalid('%s, who signed it, held no role that exports evidence of this model' % shown(key.name, 120))

    def check_permissions(self) -> None:
        """The matrix at the last decision, or at the end without one: what entries say, built-in roles as in this release."""
        history = self.history
        if history.administrators_decide is not None and PERMISSIONS not in self.files and PERMISSIONS not in self.set_aside:
            self.put_aside('file-missing', PERMISSIONS, 'the ledger has a policy, and the pack does not state it')
        stated = self.read_jcs(PERMISSIONS, PERMISSIONS_SHAPE)
        if stated is None or self.pack is None or self.gap:
            return
        recorded = history.decided_by or history.describe_permissions(self.pack['tree']['size'])
        self.attempt('permissions-invalid', PERMISSIONS, lambda: compare_permissions(stated, recorded))

    def check_checkpoint(self) -> None:
        log_key, undecided = self.history.log_key, entry_path(0) in self.set_aside
        first = self.history.first_log_key
        if self.pinned is not None and not undecided and (first is None or self.pinned != first.text):
            self.find('key-not-pinned', CHECKPOINT, 'the log key of this ledger is not the one given with --key')
        self.checkpoint = self.examine(CHECKPOINT, 'checkpoint-invalid', parse_checkpoint)

        def hold(checkpoint: Checkpoint) -> None:
            tree = self.pack and self.pack['tree']
            if self.pack is not None and not is_origin_of(self.pack['origin'], checkpoint.origin):
                raise Invalid('the checkpoint is of another ledger than data/pack.json says')
            if self.history.given_up(checkpoint.origin):
                raise Invalid('the checkpoint is of an origin that the ledger gave up')
            if tree and (checkpoint.size != tree['size'] or checkpoint.root != decode_base64(tree['root'])):
                raise Invalid('the checkpoint is of another tree than data/pack.json says')
            if log_key is not None:
                check_note_signature(checkpoint, log_key)
                if checkpoint.origin != log_key.name:
                    raise Invalid('the checkpoint is not of the origin that its key is named by')
            elif not undecided:
                raise Invalid('entry 0, which introduces the log key, is not in the pack or not valid')

        if self.checkpoint is not None:
            self.attempt('checkpoint-invalid', CHECKPOINT, lambda: hold(self.checkpoint), after_gap=self.gap)

    def check_proofs(self) -> None:
        for seq in self.numbered(PROOF_PATH):
            self.examine(proof_path(seq), 'proof-invalid', lambda data: self.check_proof(seq, data))
        for seq in self.numbered(ENTRY_PATH):
            if self.usable(entry_path(seq)) and proof_path(seq) not in self.files:
                self.put_aside('file-missing', proof_path(seq), 'the entry has no inclusion proof')

    def check_proof(self, seq: int, data: bytes) -> None:
        entry = entry_path(seq)
        index, hashes, note = parse_proof(data)
        if index != seq:
            raise Invalid('the file is named %d, the proof says %d' % (seq, index))
        if entry not in self.files and entry not in self.set_aside:
            raise Invalid('the pack does not hold the entry that this proves')
        if CHECKPOINT in self.set_aside:
            return
        if hashlib.sha256(note).hexdigest() != self.files[CHECKPOINT].sha256:
            raise Invalid('the proof is for another checkpoint')
        if self.checkpoint is not None and self.usable(entry):
            leaf = leaf_hash(*self.files[entry].chunks())
            if root_from_proof(leaf, index, self.checkpoint.size, hashes) != self.checkpoint.root:
                raise Invalid('the entry is not in the tree of the checkpoint')

    def check_omissions(self) -> None:
        omissions = self.read_jcs(OMISSIONS, OMISSIONS_SHAPE)
        if omissions is not None:
            self.attempt('omissions-invalid', OMISSIONS, lambda: self.count_omissions(omissions))

    def count_omissions(self, omissions: Dict[str, Any]) -> None:
        included, size, omitted = self.numbered(ENTRY_PATH), omissions['treeSize'], omissions['omitted']
        if self.pack is not None and size != self.pack['tree']['size']:
            raise Invalid('treeSize is %d, the tree has %d entries' % (size, self.pack['tree']['size']))
        if omissions['included'] != len(included):
            raise Invalid('%d entries are said to be included, %d are' % (omissions['included'], len(included)))
        if 0 not in included:
            raise Invalid('entry 0 is not in the pack')
        for omission in omitted:
            if omission['reason'] not in REASONS:
                raise Invalid('"%s" is not a reason to omit entries' % shown(omission['reason']))
        if any(one['from'] >= other['from'] for one, other in zip(omitted, omitted[1:])):
            raise Invalid('the omitted ranges are not sorted')
        following = 0
        for first, last in sorted([(seq, seq) for seq in included] + [(o['from'], o['to']) for o in omitted]):
            if first != following or last < first:
                wrong = 'counted twice' if first < following else 'neither here nor omitted'
                raise Invalid('entry %d is %s' % (min(first, following), wrong))
            following = last + 1
        if following != size:
            raise Invalid('entries are accounted for up to %d, the tree has %d' % (following, size))

    # Facts, documents, claims, tables, disclosures

    def check_facts(self) -> None:
        self.facts = self.examine(FACTS, 'format-invalid', parse_facts)
        previous = -1
        in_documents: Dict[str, List[Dict[str, Any]]] = {}
        for fact in self.facts or []:
            number = int(fact['id'][1:])
            if number <= previous:
                self.find('fact-invalid', FACTS, 'facts are not sorted by id, or an id occurs twice')
            previous = number
            seq = fact['entry']
            if entry_path(seq) in self.set_aside:
                continue
            if seq not in self.entries:
                self.find('fact-invalid', FACTS, 'fact %s: entry %d is not in the pack or not valid' % (fact['id'], seq))
            elif 'document' not in fact:
                self.attempt('fact-invalid', FACTS, lambda: compare_fact(fact, self.entries[seq].payload))
            elif fact['document'] not in self.entries[seq].named:
                self.find('fact-invalid', FACTS, 'fact %s: entry %d does not name the document' % (fact['id'], seq))
            else:
                in_documents.setdefault(fact['document'], []).append(fact)
        holders: Dict[str, List[str]] = {}
        for match in filter(None, map(DOCUMENT_PATH.fullmatch, set(self.files) | self.set_aside)):
            holders.setdefault(match[1], []).append(match[0])
        for digest, facts in in_documents.items():  # one document at a time is held
            held = holders.get(digest, [])
            self.attempt('fact-invalid', FACTS, lambda: self.check_document_facts(digest, held, facts))

    def check_document_facts(self, digest: str, holders: List[str], facts: List[Dict[str, Any]]) -> None:
        good = [path for path in holders if self.usable(path) and self.files[path].sha256 == digest]
        if not good and self.set_aside.intersection(holders):
            return
        if not good:
            raise Invalid('fact %s: the pack does not hold the document' % facts[0]['id'])
        document = parse_json(self.files[good[0]].content())
        for fact in facts:
            compare_fact(fact, document)

    def check_documents(self) -> None:
        named: Set[str] = set().union(*(entry.named for entry in self.entries.values()))
        for path in self.files:
            match = DOCUMENT_PATH.fullmatch(path)
            if match is None or not self.usable(path):
                continue
            if self.files[path].sha256 != match[1]:
                self.find('document-unproven', path, 'the content does not have the digest of its folder\'s name')
            elif match[1] not in named and not self.gap:
                self.find('document-unproven', path, 'no entry of the pack names this document')

    def check_claims(self) -> None:
        self.claims = self.read_jcs(CLAIMS, [CLAIM_SHAPE])
        known = {fact['id'] for fact in self.facts} if self.facts is not None else None
        for claim in self.claims or []:
            self.attempt('claim-invalid', CLAIMS, lambda: check_claim(claim, known))
        if self.claims is None or self.pack is None:
            return
        unread = {name for name, rows in self.rows.items() if rows is None}
        expected = [(name, row['id']) for name, rows in self.rows.items() for row in rows or []]
        claimed = [(claim['framework'], claim['obligation']) for claim in self.claims]
        if [pair for pair in claimed if pair[0] not in unread] != expected:
            self.find('claim-invalid', CLAIMS, 'the claims are not one for each assessable row, in order')

    def check_tables(self) -> None:
        """The tables are what facts, claims and frameworks give; where one of those has a finding, nothing can be said."""
        sources = {PACK, FACTS, CLAIMS} | {'data/frameworks/%s.json' % name for name in self.rows}
        if self.pack is None or self.claims is None or self.facts is None or any(f in sources for f, _ in self.findings):
            return
        facts = {fact['id']: fact for fact in self.facts}
        rows = {(name, row['id']): row for name, rows in self.rows.items() for row in rows or []}
        gaps = [['framework', 'obligation', 'citation', 'title', 'status', 'missing', 'applies from', 'explanation']]
        traces = [['framework', 'obligation', 'citation', 'status', 'fact', 'entry', 'document', 'pointer', 'value', 'text']]
        for claim in self.claims:
            head = [claim['framework'], claim['obligation']]
            citation, title = (text_or_empty(rows[head[0], head[1]].get(name)) for name in ('citation', 'title'))
            if claim['status'] not in ('supported', 'not-applicable'):
                missing, since = ' '.join(claim['missing']), claim['appliesFrom'] or ''
                gaps.append(head + [citation, title, claim['status'], missing, since, claim['text']])
            for name in claim['facts'] or ['']:
                cited = [str(facts.get(name, {}).get(n, '')) for n in ('entry', 'document', 'pointer', 'value', 'text')]
                traces.append(head + [citation, claim['status'], name] + cited)
        for path, table in ((GAPS, gaps), (TRACEABILITY, traces)):
            self.examine(path, 'table-invalid', functools.partial(check_table, table))

    def check_disclosures(self) -> None:
        for disclosure in self.read_jcs(DISCLOSURES, [DISCLOSURE_SHAPE]) or []:
            seq, name = disclosure['entry'], disclosure['field']
            opened = hashlib.sha256(bytes.fromhex(disclosure['salt']) + disclosure['value'].encode('utf-8')).hexdigest()
            if entry_path(seq) in self.set_aside:
                continue
            if seq not in self.entries or self.entries[seq].payload['commitments'].get(name) != opened:
                message = 'entry %d does not commit to this value of "%s"' % (seq, shown(name))
                self.find('disclosure-invalid', DISCLOSURES, message)

    # Report

    def report(self) -> Dict[str, Any]:
        """The result as plain data, as `--json` prints it."""
        misplaced = {file for file, code in self.findings if code in PLACE_CODES}
        kept = sorted(key for key in self.findings if key[1] in PLACE_CODES or key[0] not in misplaced)
        ok, pack, facts, claims = not kept, self.pack, self.facts, self.claims
        shipped = pack is not None and {f['id']: f['sha256'] for f in pack['frameworks']} == SHIPPED_FRAMEWORKS
        imported = any((each.run or '').startswith('import ') for each in self.registered()) if pack is not None else False
        proved = [code for code in PROVED if code != 'gates-met' or not imported] + ['duties-apart'] * self.history.apart
        proved += ['frameworks-as-shipped'] * shipped + ['log-key-pinned'] * (self.pinned is not None)
        not_proved = list(NOT_PROVED)
        not_proved += ['frameworks-as-shipped'] * (not shipped) + ['log-key-owner'] * (self.pinned is None)
        not_proved += ['exporter-not-author'] * self.exporter_is_author()
        not_proved += ['duties-apart'] * (not self.history.apart)
        not_proved += ['nothing-lost'] * (len(self.history.losses) > 0)
        not_proved += ['orchestrator-key'] * any(loss['orchestratorKey'] is not None for loss in self.history.losses)
        not_proved += ['import-gates'] * imported
        not_proved += ['rollback-gates'] * (not self.history.gated)

        def count(pattern: re.Pattern[str]) -> Optional[int]:
            return None if self.broken else len(list(filter(pattern.fullmatch, self.files)))

        summary = None
        if pack is not None and claims is not None:
            summary = {f['id']: {status: 0 for status in STATUSES} for f in pack['frameworks']}
            for claim in claims:
                if claim['framework'] in summary and claim['status'] in STATUSES:
                    summary[claim['framework']][claim['status']] += 1
        return {
            'ok': ok,
            'pack': pack['id'] if pack else None,
            'origin': pack['origin'] if pack else None,
            'treeSize': pack['tree']['size'] if pack else None,
            'checkpoint': self.checkpoint.note if ok else None,
            'logKey': self.history.first_log_key.text if self.history.first_log_key else None,
            'losses': None if self.broken else self.history.losses,
            'exporter': pack['exporter'] if pack else None,
            'counts': {
                'files': None if self.broken else len(self.files),
                'entries': count(ENTRY_PATH),
                'proofs': count(PROOF_PATH),
                'facts': None if facts is None else len(facts),
                'claims': None if claims is None else len(claims),
                'documents': count(DOCUMENT_PATH),
            },
            'claims': summary,
            'findings': [{'code': code, 'file': file, 'message': self.findings[(file, code)]} for file, code in kept],
            'proved': proved if ok else [],
            'notProved': not_proved,
        }


def check_framework_names(pack: Dict[str, Any]) -> Dict[str, Any]:
    ids = [framework['id'] for framework in pack['frameworks']]
    if len(set(ids)) != len(ids):
        raise Invalid('a framework is named twice')
    for framework in pack['frameworks']:
        path = 'data/frameworks/%s.json' % framework['id']
        if framework['file'] != path or not path_is_allowed(path):
            raise Invalid('the file of a framework must be data/frameworks/<id>.json')
    return pack


def assessable_rows(data: bytes) -> List[Dict[str, Any]]:
    """A framework's assessable rows, in order."""
    value = parse_json(data)
    lists = [value[name] for name in ('obligations', 'items') if name in value] if isinstance(value, dict) else []
    if len(lists) != 1 or not isinstance(lists[0], list):
        raise Invalid('a framework has one array, obligations or items')
    for row in lists[0]:
        if not isinstance(row, dict) or not a_string(row.get('id')) or not isinstance(row.get('assessable'), bool):
            raise Invalid('a row must have an id and say whether it is assessable')
    if len({row['id'] for row in lists[0]}) != len(lists[0]):
        raise Invalid('two rows have the same id')
    return [row for row in lists[0] if row['assessable']]


def digests_in(payload: Any) -> Set[str]:
    """The strings of an entry's payload that look like a digest (member names are not among its values)."""
    if isinstance(payload, (dict, list)):
        return set().union(*map(digests_in, payload.values() if isinstance(payload, dict) else payload))
    return {payload} if a_digest(payload) else set()


def parse_facts(data: bytes) -> List[Dict[str, Any]]:
    facts = parse_jcs(data)
    conform(facts, [lambda fact: True])
    for index, fact in enumerate(facts):
        in_document = isinstance(fact, dict) and 'document' in fact
        conform(fact, FACT_IN_DOCUMENT if in_document else FACT_IN_ENTRY, 'fact %d' % (index + 1))
    return facts


def compare_fact(fact: Dict[str, Any], root: Any) -> None:
    """A fact states strings and integers as such, other numbers and booleans as JCS text."""
    found = resolve_pointer(root, fact['pointer'])
    if isinstance(found, float) and found.is_integer():
        found = int(found) if abs(found) <= MAX_SAFE_INTEGER else None  # beyond, an integer is not exact
    elif isinstance(found, (float, bool)):
        found = canonical_text(found)
    if type(found) is not type(fact['value']) or found != fact['value']:
        values = tuple(shown(json.dumps(value, ensure_ascii=False)) for value in (fact['value'], found))
        raise Invalid('fact %s says %s, recorded is %s' % ((fact['id'],) + values))


def check_claim(claim: Dict[str, Any], known: Optional[Set[str]]) -> None:
    status, facts, row = claim['status'], claim['facts'], shown(claim['obligation'])
    if status not in STATUSES:
        raise Invalid('%s: "%s" is not a status' % (row, shown(status)))
    if status in ('supported', 'partial') and not facts:
        raise Invalid('%s is said to be %s, but rests on no fact' % (row, status))
    if status == 'missing' and facts and not claim['missing']:
        raise Invalid('%s is said to be missing, but nothing is' % row)
    if status == 'not-applicable' and not claim['text'].strip(' '):
        raise Invalid('%s is said not to apply, without a reason' % row)
    for fact in facts:
        if known is not None and fact not in known:
            raise Invalid('%s rests on fact %s, which is not in the pack' % (row, shown(fact)))


def text_or_empty(value: Any) -> str:
    return value if isinstance(value, str) else ''


def check_table(rows: List[List[str]], data: bytes) -> None:
    if ''.join(','.join(map(table_cell, row)) + '\r\n' for row in rows).encode('utf-8') != data:
        raise Invalid('the table is not the one that claims and facts give')


def table_cell(value: str) -> str:
    """A cell as RFC 4180 has it, with an apostrophe before what a spreadsheet would run as a formula."""
    number = re.fullmatch(r'-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?', value)
    if re.match(r'[ \t\n\v\f\r]*[=+\-@\t\r]', value) and not number:
        value = "'" + value
    return '"%s"' % value.replace('"', '""') if re.search(r'[",\r\n]', value) else value


def verify_pack(path: str, key: Optional[str] = None) -> Dict[str, Any]:
    """Verify the pack at `path`, a folder or a zip; `key` is the pinned verifier key of the log.

    Returns the report that `--json` prints, as docs/pack-format.md describes it. Raises PackUnreadable if there is no
    pack to read, or the key is not a verifier key.
    """
    try:
        if key is not None:
            parse_verifier_key(key)
        if os.path.isdir(path):
            return Verification(read_folder(path), key).run()
        if not os.path.isfile(path):
            raise PackUnreadable('there is no folder or zip file "%s"' % shown(path, 200))
        with open(path, 'rb') as file:
            return Verification(read_zip(file, name_text(os.fsencode(os.path.basename(path)))), key).run()
    except Invalid as problem:
        raise PackUnreadable('--key: %s' % problem) from None
    except (OSError, ValueError) as error:
        raise PackUnreadable('"%s" cannot be read: %s' % (shown(path, 200), shown(error, 200))) from None


# --- Report and command line ----------------------------------------------------------------------

PROVED = {
    'bytes-unaltered': 'No file was altered, added or removed since the pack was signed.',
    'exporter-signed': 'The exporter signed this pack, with a key that the entries in it give to somebody who may export it.',
    'entries-signed-by-known-keys': 'Each entry in the pack was signed with a key that earlier ones in it made valid.',
    'entries-in-tree': 'Each entry in the pack stands in the ledger at its position, under the signed checkpoint.',
    'omissions-counted': 'Every entry of the ledger is in the pack or counted as left out.',
    'four-eyes': 'Each decision in the pack was signed by who may decide on the model, by its entries, and by nobody who, by these, brought in it or the same file.',
    'gates-met': 'Each request for promotion met the gate that the start of its run had fixed, by what the run recorded.',
    'order-of-facts': 'Runs were recorded before their stages, approvals before the change of stage.',
    'facts-match-entries': 'Each fact has the value that the entry or document that it names holds in that place.',
    'claims-cover-frameworks': 'Each row of each framework in the pack has a claim; claims of support name facts.',
    'tables-match-claims': 'gaps.csv and traceability.csv say what claims and facts say.',
}
NOT_PROVED = {
    'facts-true': 'That what was recorded is true.',
    'nothing-unrecorded': 'That no action went unrecorded.',
    'keys-complete': 'That no entry was left out that ends a key, takes a role away, makes somebody an administrator, keeps '
    'administrators from deciding or says that entries were lost: the exporter must include them all.',
    'separate-people': 'That two accounts are two people: whoever enrols them could give both to one.',
    'earlier-work': 'What came before the run of this version: runs, gates and refusals of other versions of the model are '
    'not in the pack, nor is what brought the same file in as another version, and who did.',
    'exporter-words': 'What the exporter chose and worded: statuses and texts of claims, texts of facts, reasons for '
    'leaving entries out, what data/permissions.json says in words of built-in roles, README.txt, report.html, and the verifiers inside.',
    'single-history': 'That there is no other version of this ledger: compare the checkpoint with a witness.',
    'times': 'When things happened: times are asserted by who signed; their order is proved.',
    'compliance': 'Whether the law is met: that is a judgement of people.',
}
# What is proved of some packs, and what is said instead of others.
MAYBE_PROVED = {
    'frameworks-as-shipped': 'The frameworks are all those that Strongroom %s ships, whole and unaltered.' % RELEASE,
    'log-key-pinned': 'The ledger\'s first key is the one that you gave. Where it says that entries were lost, the log key from there on '
    'rests on the signature of an administrator alone.',
    'duties-apart': 'By the entries in this pack, nobody decided on the version who administered accounts at its registration '
    'or later, until they signed.',
}
INSTEAD = {
    'frameworks-as-shipped': 'That the frameworks are complete: they are not, all and unaltered, those of Strongroom '
    '%s, which this program knows.' % RELEASE,
    'log-key-owner': 'Who holds the log key: learn the key from somebody other than the sender, give it with --key.',
    'duties-apart': 'That who decided did not administer accounts since the version was registered: at least one of them did, '
    'as the policy of the workplace let them or before it had one.',
    'exporter-not-author': 'That somebody else than the author exported this: the exporter is the author of the version.',
    'nothing-lost': 'That nothing was lost: the ledger says itself that entries were, as stands above. What they said is in no later '
    'pack. Whoever ever administered, and has a copy from then, can have it go on like this: compare the present origin with '
    'the one that its owner tells you.',
    'orchestrator-key': 'That the orchestrator since a loss is the one of before: its key was lost too, and the one in its place, as stands '
    'above, is on the word of an administrator alone. What the orchestrator signed since, runs and measurements among it, rests on that.',
    'import-gates': 'That the version met a gate which this workplace had fixed: it was imported, so nothing was measured here, '
    'and its gates are those that its importer stated.',
    'rollback-gates': 'That a rollback was approved as the gate asks: one at least was asked for under an earlier release, which one '
    'approver was enough for.',
}


def loss_text(loss: Dict[str, Any]) -> str:
    """What is lost, whose word that is, and whether a key says so too."""
    entry, signed, known = loss['entry'], loss['signed'], loss['isProved']
    what = 'entries %d to %d' % (entry, signed - 1) if signed > entry else 'a history of %d entries' % signed
    before, now, actor, reason = (shown(loss[name], 200) for name in ('predecessor', 'origin', 'by', 'reason'))
    proof = 'is signed by %s log key that these entries know' % ('a' if known else 'no')
    attested = loss['orchestratorKey']
    since = '' if attested is None else '; the orchestrator signs with %s since, by the same word and not by its key of before' % shown(attested, 200)
    return '%s of %s, by the word of the administrator %s in entry %d, who says "%s"; the checkpoint of so many %s; now it is %s%s' % (
        what, before, actor, entry, reason, proof, now, since)


def report_text(report: Dict[str, Any]) -> str:
    """The report for people: findings, what was proved, what was not, claims."""
    findings, counts = report['findings'], report['counts']
    lines = ['Evidence pack %s' % shown(report['pack'] or '(unreadable)'), '']
    for label, name in (('Ledger', 'origin'), ('Tree size', 'treeSize'), ('Log key', 'logKey'), ('Exporter', 'exporter')):
        value = report[name]
        if name == 'exporter' and 'exporter-not-author' in report['notProved']:
            value += ', the author of the version'
        lines.append('  %-10s %s' % (label, shown(value, 200) if value is not None else 'not readable'))
    for loss in report['losses'] or []:
        lines.append('  %-10s %s' % ('Lost', loss_text(loss)))
    contents = ', '.join('%s %s' % ('?' if number is None else number, name) for name, number in counts.items())
    lines.append('  %-10s %s' % ('Contents', contents))
    verdict = 'No findings: all checks passed.'
    if 'log-key-owner' in report['notProved']:
        verdict += ' That this is the ledger you think of takes --key.'
    lines += ['', verdict if report['ok'] else 'Findings: %d. This pack does not pass.' % len(findings)]
    for finding in findings:
        lines.append('  ' + shown(finding['file'], 250))
        lines.append('    %-24s %s' % (finding['code'], shown(finding['message'], 400)))
    lines += ['', 'Proved'] + ['  ' + dict(PROVED, **MAYBE_PROVED)[code] for code in report['proved']]
    if not report['proved']:
        lines.append('  Nothing is stated as proved while there are findings.')
    lines += ['', 'Not proved'] + ['  ' + dict(NOT_PROVED, **INSTEAD)[code] for code in report['notProved']]
    if report['claims']:
        width = max(len(shown(name)) for name in report['claims'])
        lines += ['', 'Claims', '  ' + ' ' * width + ''.join('%16s' % status for status in STATUSES)]
        for name, by_status in report['claims'].items():
            lines.append('  ' + shown(name).ljust(width) + ''.join('%16d' % by_status[status] for status in STATUSES))
        lines.append('  Supported means recorded facts support the row, not that the law is met.')
    return '\n'.join(lines) + '\n'


def parse_arguments(arguments: List[str]) -> Tuple[str, Optional[str], bool]:
    """(pack, pinned key, whether JSON is wanted); each may be given once."""
    given: Dict[str, str] = {}
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        name = argument if argument in ('--json', '--key') else 'PACK'
        value = argument if name != '--key' else rest.pop(0) if rest else ''
        if name in given or not value or name == 'PACK' and value.startswith('-'):
            usage = 'usage: verify.py [PACK] [--key VERIFIER_KEY] [--json]'
            raise PackUnreadable('unexpected argument "%s"; %s' % (shown(argument), usage))
        given[name] = value
    here = os.path.dirname(os.path.abspath(__file__))
    return given.get('PACK', here), given.get('--key'), '--json' in given


def main(arguments: List[str]) -> int:
    if '--help' in arguments or '-h' in arguments:
        sys.stdout.write(__doc__ or '')
        return 0
    try:
        pack, key, as_json = parse_arguments(arguments)
        report = verify_pack(pack, key)
    except Exception as problem:  # pylint: disable=broad-except
        expected = isinstance(problem, PackUnreadable)
        why = str(problem) if expected else 'the pack could not be verified: %s' % shown(repr(problem), 200)
        print('verify.py: %s' % why, file=sys.stderr)
        return 2
    text = canonical_text(report) + '\n' if as_json else report_text(report)
    sys.stdout.buffer.write(text.encode('utf-8'))
    return 0 if report['ok'] else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
