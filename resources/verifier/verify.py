#!/usr/bin/env python3
"""Check a Strongroom evidence pack, version 1, without Strongroom.

    python3 verify.py [PACK] [--key VERIFIER_KEY] [--json]

PACK is a folder or a zip file; without it, the folder that this program stands in. `--key` is the log's verifier
key, learnt from somebody other than the sender of the pack. Exit status 0: every check passed. 1: at least one
finding. 2: the pack could not be read at all, or the arguments are wrong.

The program needs Python 3.9 or later and nothing else; it opens no connection and writes no file. It is meant to be
read from top to bottom: encoding, hashes and the Merkle tree, Ed25519, keys and notes, signed envelopes, the
container, the bag, the entries and the history that they tell, the steps of the verification, the report.

A note on trust: a verifier that came inside a pack was put there by whoever made the pack. Compare its SHA-256 with
that of a copy of your own.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import json
import os
import re
import stat
import struct
import sys
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Callable, Dict, Iterator, List, NamedTuple, Optional, Set, Tuple

MAX_FILES = 500_000
MAX_JSON_BYTES = 64 * 1024 * 1024
MAX_JSON_DEPTH = 64
MAX_JSON_MARKS = 4_000_000  # commas and brackets: bounds the number of values, and so the memory, of one file
MAX_NUMBER_TEXT = 1000
MAX_LEAF_BYTES = 65_535
MAX_NOTE_BYTES = 65_536
MAX_NOTE_SIGNATURES = 64
MAX_PATH_BYTES = 200
MAX_SAFE_INTEGER = 2**53 - 1
CHUNK = 1024 * 1024
SURROGATE = re.compile('[\ud800-\udfff]')


class Invalid(Exception):
    """Something in the pack is not as it must be; the text says what, for a person."""


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
    except (binascii.Error, ValueError):
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
    """Sort key: UTF-16 code units, the order that RFC 8785 and the pack's path lists use."""
    return text.encode('utf-16-be', 'surrogatepass')


def parse_json(data: bytes, integers_only: bool = False) -> Any:
    """Strict JSON (RFC 8259): UTF-8, no duplicate member, no NaN, no lone surrogate, depth and size bounded.

    With `integers_only`, a number that is no integer, or beyond 2^53-1, is refused: not every JSON reader keeps it
    exactly. Otherwise such a number becomes the nearest double.
    """
    if len(data) > MAX_JSON_BYTES:
        raise Invalid('JSON is larger than %d bytes' % MAX_JSON_BYTES)
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
        if integers_only:
            raise Invalid('integer %s is beyond 2^53-1' % shown(text, 40))
        return real(text)

    def real(text: str) -> float:
        if integers_only:
            raise Invalid('number %s is not an integer' % shown(text, 40))
        value = float(text) if len(text) <= MAX_NUMBER_TEXT else float('inf')
        if value in (float('inf'), float('-inf')):
            raise Invalid('number %s cannot be represented' % shown(text, 40))
        return value

    def constant(text: str) -> Any:
        raise Invalid('%s is not JSON' % text)

    text = decode_utf8(data)
    try:
        value = json.loads(
            text, object_pairs_hook=unique, parse_int=integer, parse_float=real, parse_constant=constant
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
            for name, member in item.items():
                waiting.append((depth + 1, member))
                yield depth, name
        elif isinstance(item, list):
            waiting.extend((depth + 1, element) for element in item)


def canonical_text(value: Any) -> str:
    """JCS text (RFC 8785): json.dumps escapes strings as section 3.2.2.2 asks when it may leave non-ASCII alone."""
    if isinstance(value, dict):
        members = (
            json.dumps(n, ensure_ascii=False) + ':' + canonical_text(value[n]) for n in sorted(value, key=code_units)
        )
        return '{' + ','.join(members) + '}'
    if isinstance(value, list):
        return '[' + ','.join(map(canonical_text, value)) + ']'
    if isinstance(value, float):
        return number_text(value)
    return json.dumps(value, ensure_ascii=False)


def canonical(value: Any) -> bytes:
    return canonical_text(value).encode('utf-8')


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
    if canonical(value) != data:
        raise Invalid('not in JCS form (RFC 8785): re-serialising gives other bytes')
    return value


def resolve_pointer(value: Any, pointer: str) -> Any:
    """The value that an RFC 6901 pointer names."""
    if pointer == '':
        return value
    if not pointer.startswith('/') or re.search(r'~(?![01])', pointer):
        raise Invalid('"%s" is not a JSON pointer' % shown(pointer))
    for part in pointer[1:].split('/'):
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
        if set(value) != set(shape):
            odd = sorted(set(value) ^ set(shape), key=code_units)[0]
            raise Invalid('%s: member "%s" is %s' % (where, shown(odd), 'not expected' if odd in value else 'absent'))
        for name, inner in shape.items():
            conform(value[name], inner, name)
    elif isinstance(shape, list):
        if not isinstance(value, list):
            raise Invalid('%s must be an array' % where)
        for index, element in enumerate(value):
            conform(element, shape[0], '%s[%d]' % (where, index))
    else:
        shape(value, where)


def matching(pattern: str, meaning: str) -> Callable[[Any, str], None]:
    compiled = re.compile(pattern, re.DOTALL)

    def check(value: Any, where: str) -> None:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            raise Invalid('%s must be %s' % (where, meaning))

    return check


def exactly(expected: Any) -> Callable[[Any, str], None]:
    def check(value: Any, where: str) -> None:
        if type(value) is not type(expected) or value != expected:
            raise Invalid('%s must be %s' % (where, json.dumps(expected)))

    return check


def is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def a_count(value: Any, where: str) -> None:
    if not is_integer(value) or value < 0:
        raise Invalid('%s must be a whole number from 0 up' % where)


def a_string_or_integer(value: Any, where: str) -> None:
    if not isinstance(value, str) and not is_integer(value):
        raise Invalid('%s must be a string or an integer' % where)


def a_date_or_text_or_null(value: Any, where: str) -> None:
    if value is not None and not isinstance(value, str):
        raise Invalid('%s must be a string or null' % where)


def a_hash(value: Any, where: str) -> None:
    if not isinstance(value, str) or len(decode_base64(value)) != 32:
        raise Invalid('%s must be 32 bytes in base64' % where)


def an_object(value: Any, where: str) -> None:
    if not isinstance(value, dict):
        raise Invalid('%s must be an object' % where)


a_string = matching(r'.*', 'a string')
a_text = matching(r'.+', 'a string that is not empty')
a_digest = matching(r'[0-9a-f]{64}', '64 lower-case hexadecimal digits')
a_salt = matching(r'(?:[0-9a-f]{2})+', 'lower-case hexadecimal digits')
a_date = matching(r'[0-9]{4}-[0-9]{2}-[0-9]{2}', 'a date YYYY-MM-DD')
a_time = matching(
    r'[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?Z',
    'a time in UTC, such as 2026-11-23T14:32:08.123Z',
)
a_person = matching(r'[^\s+/\x00-\x1f\x7f]+', 'a person id: not empty, without spaces, + and /')
a_key_name = matching(r'[^\s+\x00-\x1f\x7f]+', 'a key name: not empty, without spaces and +')

PACK_SHAPE = {
    'format': exactly('strongroom.dev/evidence-pack/v1'),
    'id': a_text,
    'origin': a_key_name,
    'created': a_time,
    'software': a_string,
    'project': {'id': a_text, 'name': a_string, 'intendedPurpose': a_string, 'roles': [a_string], 'annexIII': a_string},
    'model': {'name': a_text, 'version': a_string_or_integer, 'artifact': a_digest},
    'exporter': a_key_name,
    'tree': {'size': a_count, 'root': a_hash},
    'asOf': a_date,
    'frameworks': [
        {
            'id': matching(r'[A-Za-z0-9_-][A-Za-z0-9._-]*', 'a framework id'),
            'title': a_string,
            'file': a_text,
            'sha256': a_digest,
        }
    ],
}
FACT_IN_ENTRY = {
    'id': matching(r'F[0-9]{4,}', 'a fact id such as F0001'),
    'entry': a_count,
    'pointer': a_string,
    'value': a_string_or_integer,
    'text': a_string,
}
FACT_IN_DOCUMENT = dict(FACT_IN_ENTRY, document=a_digest)
CLAIMS_SHAPE = [
    {
        'framework': a_string,
        'obligation': a_string,
        'status': a_string,
        'text': a_string,
        'facts': [a_string],
        'missing': [a_text],
        'appliesFrom': a_date_or_text_or_null,
    }
]
OMISSIONS_SHAPE = {
    'treeSize': a_count,
    'included': a_count,
    'omitted': [{'from': a_count, 'to': a_count, 'reason': a_string}],
}
DISCLOSURES_SHAPE = [{'entry': a_count, 'field': a_string, 'salt': a_salt, 'value': a_string}]
ENTRY_SHAPE = {
    'v': exactly(1),
    'origin': a_key_name,
    'seq': a_count,
    'time': a_time,
    'actor': a_key_name,
    'action': a_text,
    'subject': [{'name': a_string, 'digest': {'sha256': a_digest}}],
    'detail': an_object,
    'commitments': an_object,
    'seen': {'size': a_count, 'root': a_hash},
}
STATEMENT_SHAPE = {
    '_type': exactly('https://in-toto.io/Statement/v1'),
    'predicateType': exactly('https://strongroom.dev/evidence-pack/v1'),
    'subject': [{'name': exactly('tagmanifest-sha256.txt'), 'digest': {'sha256': a_digest}}],
    'predicate': {'origin': a_string, 'statement': a_string, 'treeSize': a_count},
}
ENVELOPE_SHAPE = {'payload': a_string, 'payloadType': a_string, 'signatures': [{'keyid': a_string, 'sig': a_string}]}


# --- SHA-256 and the Merkle tree (RFC 6962, section 2) --------------------------------------------


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b'\x00' + data).digest()


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


def parse_verifier_key(text: Any) -> VerifierKey:
    parts = text.split('+', 2) if isinstance(text, str) else []
    if len(parts) != 3:
        raise Invalid('a verifier key is name+hhhhhhhh+base64')
    name, hash_text, encoded = parts
    a_key_name(name, 'the name of a key')
    data = decode_base64(encoded)
    if len(data) != 33 or data[0] != 1:
        raise Invalid('verifier key "%s" is not an Ed25519 key' % shown(name))
    if hashlib.sha256(name.encode('utf-8') + b'\n' + data).hexdigest()[:8] != hash_text:
        raise Invalid('verifier key "%s" does not match its own hash' % shown(name))
    return VerifierKey(name, name + '+' + hash_text, data[1:])


class Checkpoint(NamedTuple):
    """A parsed checkpoint note; signatures are (name, key id of 4 bytes, signature)."""

    origin: str
    size: int
    root: bytes
    signed: bytes
    signatures: List[Tuple[str, bytes, bytes]]


def parse_checkpoint(data: bytes) -> Checkpoint:
    note = decode_utf8(data)
    if re.search(r'[\x00-\x09\x0b-\x1f]', note) or not note.endswith('\n'):
        raise Invalid('the note has a control character or no final line end')
    cut = note.rfind('\n\n')
    if cut < 0:
        raise Invalid('the note has no signature')
    body, lines = note[: cut + 1], note[cut + 2 : -1].split('\n')
    if len(lines) > MAX_NOTE_SIGNATURES:
        raise Invalid('the note has more than %d signatures' % MAX_NOTE_SIGNATURES)
    signatures = []
    for line in lines:
        match = re.fullmatch(r'\u2014 ([^\s+]+) ([A-Za-z0-9+/=]+)', line)
        blob = decode_base64(match.group(2)) if match else b''
        if match is None or len(blob) < 5:
            raise Invalid('the note has a malformed signature line')
        signatures.append((match.group(1), blob[:4], blob[4:]))
    text = re.fullmatch(r'([^\s+]+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/=]+)\n', body)
    root = decode_base64(text.group(3)) if text else b''
    if text is None or len(root) != 32:
        raise Invalid('the checkpoint is not the three lines origin, size, root')
    return Checkpoint(text.group(1), int(text.group(2)), root, body.encode('utf-8'), signatures)


def check_note_signature(checkpoint: Checkpoint, key: VerifierKey) -> None:
    """At least one signature of the key, and no bad one of that key; those of other keys are not looked at."""
    keyed = [
        signature for name, key_hash, signature in checkpoint.signatures if name + '+' + key_hash.hex() == key.keyid
    ]
    if not keyed:
        raise Invalid('the checkpoint is not signed by the log key %s' % shown(key.keyid))
    if not all(signature_holds(key.public, checkpoint.signed, signature) for signature in keyed):
        raise Invalid('the signature of the log key %s over the checkpoint is wrong' % shown(key.keyid))


def parse_proof(data: bytes) -> Tuple[int, List[bytes], bytes]:
    """A tlog-proof file: (index, hashes from leaf to root, the checkpoint's bytes)."""
    head, separator, checkpoint = data.partition(b'\n\n')
    lines = decode_utf8(head).split('\n')
    if not separator or lines[0] != 'c2sp.org/tlog-proof@v1':
        raise Invalid('not a tlog-proof file')
    rest = lines[1:]
    if rest and rest[0].startswith('extra '):
        decode_base64(rest.pop(0)[len('extra ') :])
    if not rest or not re.fullmatch(r'index (?:0|[1-9][0-9]{0,15})', rest[0]):
        raise Invalid('the proof has no index')
    hashes = [decode_base64(line) for line in rest[1:]]
    if len(hashes) > 63 or any(len(item) != 32 for item in hashes):
        raise Invalid('the proof has a malformed hash')
    return int(rest[0][len('index ') :]), hashes, checkpoint


# --- Signed envelopes (DSSE v1) -------------------------------------------------------------------


class Envelope(NamedTuple):
    """An opened, not yet verified, envelope: its payload, what was signed, and by whom."""

    payload: Any
    message: bytes
    keyid: str
    key_name: str
    signature: bytes


def open_envelope(data: bytes, payload_type: str) -> Envelope:
    """An envelope in JCS form around a payload in JCS form, with exactly one Ed25519 signature."""
    outer = parse_jcs(data)
    conform(outer, ENVELOPE_SHAPE, 'the envelope')
    if outer['payloadType'] != payload_type:
        raise Invalid('payloadType must be %s' % payload_type)
    if len(outer['signatures']) != 1:
        raise Invalid('the envelope must have exactly one signature')
    keyid, signature = outer['signatures'][0]['keyid'], decode_base64(outer['signatures'][0]['sig'])
    named = re.fullmatch(r'([^\s+]+)\+[0-9a-f]{8}', keyid)
    if named is None or len(signature) != 64:
        raise Invalid('keyid must be name+hhhhhhhh, the signature 64 bytes')
    body, kind = decode_base64(outer['payload']), payload_type.encode('utf-8')
    message = b'DSSEv1 %d %b %d %b' % (len(kind), kind, len(body), body)
    return Envelope(parse_jcs(body), message, keyid, named.group(1), signature)


# --- The container: a folder or a zip -------------------------------------------------------------


@dataclass
class PackFile:
    """One regular file of the pack. Its content is hashed once; reading it again demands the same bytes."""

    chunks: Callable[[], Iterator[bytes]]
    size: int = 0
    crc32: int = 0
    sha256: str = ''

    def measure(self) -> PackFile:
        if not self.sha256:
            digest = hashlib.sha256()
            for chunk in self.chunks():
                digest.update(chunk)
                self.size, self.crc32 = self.size + len(chunk), binascii.crc32(chunk, self.crc32)
            self.sha256 = digest.hexdigest()
        return self

    def content(self, limit: int) -> bytes:
        if self.measure().size > limit:
            raise Invalid('%d bytes, more than the %d allowed here' % (self.size, limit))
        data = b''.join(self.chunks())
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise PackUnreadable('the pack changes while it is read')
        return data


@dataclass
class Container:
    """What lies in the pack. `odd`: what must not lie there, as findings; `broken`: nothing could be listed."""

    label: str
    files: Dict[str, PackFile] = field(default_factory=dict)
    odd: List[Tuple[str, str, str]] = field(default_factory=list)
    broken: bool = False

    def place(self, path: str, file: PackFile) -> None:
        if path_is_allowed(path):
            self.files[path] = file
        else:
            self.odd.append(
                ('path-invalid', path, 'a path must have 1 to 200 bytes of A-Z a-z 0-9 . _ - in parts between /')
            )


def path_is_allowed(path: str) -> bool:
    parts_allowed = all(re.fullmatch(r'[A-Za-z0-9._-]+', part) and part not in ('.', '..') for part in path.split('/'))
    return parts_allowed and len(path) <= MAX_PATH_BYTES


def name_text(raw: bytes) -> str:
    return raw.decode('utf-8', 'replace')


def read_folder(root: str) -> Container:
    """List a folder. No link is followed, no special file opened."""
    container = Container(os.path.basename(os.path.abspath(root)))
    waiting = [(root, '')]
    seen = 0
    while waiting:
        folder, prefix = waiting.pop()
        with os.scandir(folder) as listing:
            inside = list(listing)
        if not inside and prefix:
            container.odd.append(
                (
                    'path-invalid' if not path_is_allowed(prefix[:-1]) else 'file-unlisted',
                    prefix[:-1],
                    'an empty folder',
                )
            )
        for item in inside:
            seen += 1
            if seen > MAX_FILES:
                raise PackUnreadable('more than %d files' % MAX_FILES)
            path = prefix + name_text(os.fsencode(item.name))
            status = item.stat(follow_symlinks=False)
            reparse_point = (
                getattr(status, 'st_file_attributes', 0) & 0x400
            )  # a junction or another kind of link of Windows
            if stat.S_ISLNK(status.st_mode) or reparse_point:
                container.odd.append(('path-invalid', path, 'a symbolic link'))
            elif stat.S_ISDIR(status.st_mode) and len(path.encode('utf-8')) <= MAX_PATH_BYTES:
                waiting.append((item.path, path + '/'))
            elif stat.S_ISREG(status.st_mode):
                container.place(path, PackFile(functools.partial(file_chunks, item.path)))
            else:
                container.odd.append(('path-invalid', path, 'not a regular file, or a folder with too long a path'))
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
    container = Container(label)
    try:
        entries = read_directory(file)
    except Invalid as problem:
        container.broken = True
        container.odd.append(('container-altered', label, str(problem)))
        return container
    contents = []
    for entry in entries:
        content = PackFile(
            functools.partial(range_chunks, file, entry.offset + LOCAL_HEADER.size + len(entry.name), entry.size)
        )
        contents.append((entry, content.measure()))
        path = name_text(entry.name)
        if path not in container.files:
            container.place(path, content)
    if len({entry.name for entry in entries}) != len(entries):
        container.odd.append(('container-altered', label, 'the zip has the same name twice'))
    elif not is_exact_zip(file, contents):
        container.odd.append(('container-altered', label, 'the zip is not the one that its files give'))
    return container


def read_directory(file: BinaryIO) -> List[ZipEntry]:
    """The central directory, found from the end record in the last 22 bytes; what needs guessing is refused."""
    size = file.seek(0, os.SEEK_END)
    if size < END_RECORD.size:
        raise Invalid('not a zip')
    file.seek(size - END_RECORD.size)
    end = END_RECORD.unpack(file.read(END_RECORD.size))
    directory_size, directory_offset = end[5], end[6]
    if (
        end[0] != b'PK\x05\x06'
        or directory_offset + directory_size > size - END_RECORD.size
        or directory_size > MAX_JSON_BYTES
    ):
        raise Invalid('the zip does not end in a plain end record, or its directory lies outside of it')
    file.seek(directory_offset)
    directory = file.read(directory_size)
    entries, at, total = [], 0, 0
    while at < len(directory):
        if len(directory) - at < DIRECTORY_HEADER.size:
            raise Invalid('the directory of the zip is cut short')
        header = DIRECTORY_HEADER.unpack_from(directory, at)
        signature, method, packed, length, offset = header[0], header[4], header[8], header[9], header[16]
        name = directory[at + DIRECTORY_HEADER.size : at + DIRECTORY_HEADER.size + header[10]]
        if signature != b'PK\x01\x02' or len(name) != header[10]:
            raise Invalid('the directory of the zip is malformed')
        if method != 0 or packed != length or offset + LOCAL_HEADER.size + len(name) + length > directory_offset:
            raise Invalid('"%s" is not plainly stored in the zip' % shown(name_text(name)))
        at += DIRECTORY_HEADER.size + sum(header[10:13])
        total += length
        entries.append(ZipEntry(name, offset, length))
        if total > size:
            raise Invalid('files overlap in the zip')
    return entries


def is_exact_zip(file: BinaryIO, contents: List[Tuple[ZipEntry, PackFile]]) -> bool:
    """Whether the zip equals the one rebuilt from its files: all that is not content is compared, at its position."""
    position = 0
    headers = []
    for entry, content in sorted(contents, key=lambda pair: code_units(name_text(pair[0].name))):
        name = entry.name
        local = (
            LOCAL_HEADER.pack(
                b'PK\x03\x04', 20, 0, 0, 0, ZIP_DATE, content.crc32, content.size, content.size, len(name), 0
            )
            + name
        )
        if entry.offset != position or read_range(file, position, len(local)) != local:
            return False
        headers.append(
            DIRECTORY_HEADER.pack(
                b'PK\x01\x02',
                20,
                20,
                0,
                0,
                0,
                ZIP_DATE,
                content.crc32,
                content.size,
                content.size,
                len(name),
                0,
                0,
                0,
                0,
                0,
                position,
            )
            + name
        )
        position += len(local) + content.size
    directory = b''.join(headers)
    count = len(headers)
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
PACK, CHECKPOINT = 'data/pack.json', 'data/checkpoint.txt'
FACTS, CLAIMS, OMISSIONS, DISCLOSURES = (
    'data/facts.json',
    'data/claims.json',
    'data/omissions.json',
    'data/disclosures.json',
)
REQUIRED = (
    'README.txt',
    'bag-info.txt',
    'bagit.txt',
    MANIFEST,
    SIGNATURE,
    TAG_MANIFEST,
    'verify.mjs',
    'verify.py',
    CHECKPOINT,
    CLAIMS,
    DISCLOSURES,
    FACTS,
    'data/gaps.csv',
    OMISSIONS,
    PACK,
    'data/report.html',
    'data/traceability.csv',
)
ENTRY_PATH = re.compile(r'data/entries/([0-9]{8})\.json')
PROOF_PATH = re.compile(r'data/proofs/([0-9]{8})\.tlog-proof')
FRAMEWORK_PATH = re.compile(r'data/frameworks/[^/]+\.json')
DOCUMENT_PATH = re.compile(r'data/documents/([0-9a-f]{64})/[^/]+')
BAG_INFO = ('Source-Organization', 'Bagging-Date', 'Payload-Oxum', 'External-Identifier', 'Bag-Software-Agent')


def has_a_place(path: str) -> bool:
    return path in REQUIRED or any(
        known.fullmatch(path) for known in (ENTRY_PATH, PROOF_PATH, FRAMEWORK_PATH, DOCUMENT_PATH)
    )


def parse_manifest(data: bytes, payload: bool) -> Dict[str, str]:
    """Path -> SHA-256 in hex; `payload` tells the payload manifest (paths under data/) from the tag manifest."""
    listed: Dict[str, str] = {}
    lines = decode_utf8(data).split('\n')
    if lines.pop() != '':
        raise Invalid('the last line has no end')
    previous = ''
    for number, line in enumerate(lines, 1):
        digest, path = line[:64], line[66:]
        if not re.fullmatch(r'[0-9a-f]{64}', digest) or line[64:66] != '  ' or not path_is_allowed(path):
            raise Invalid('line %d is not a digest, two spaces and a path' % number)
        if path <= previous:
            raise Invalid('line %d is out of order' % number)
        if path.startswith('data/') != payload or path in (TAG_MANIFEST, SIGNATURE):
            raise Invalid('line %d: %s does not belong in this manifest' % (number, path))
        previous, listed[path] = path, digest
    return listed


def parse_bag_info(data: bytes) -> Dict[str, str]:
    lines = decode_utf8(data).split('\n')
    pairs = [line.partition(': ') for line in lines[:-1]]
    if lines[-1] != '' or tuple(label for label, _, _ in pairs) != BAG_INFO:
        raise Invalid('bag-info.txt must have the lines %s' % ', '.join(BAG_INFO))
    info = {label: text for label, _, text in pairs}
    if not all(text.strip() == text != '' and text.isprintable() for text in info.values()):
        raise Invalid('a line of bag-info.txt says nothing, or has a control character')
    a_date(info['Bagging-Date'], 'Bagging-Date')
    matching(r'(?:0|[1-9][0-9]*)\.(?:0|[1-9][0-9]*)', 'BYTES.FILES')(info['Payload-Oxum'], 'Payload-Oxum')
    return info


# --- Entries and the history that they tell -------------------------------------------------------


class Entry(NamedTuple):
    """A well-formed ledger entry; whether its signature holds is another question."""

    seq: int
    path: str
    envelope: Envelope
    payload: Dict[str, Any]
    action: str
    detail: Dict[str, Any]


def parse_entry(data: bytes, seq: int, path: str, origin: Optional[str]) -> Entry:
    envelope = open_envelope(data, 'application/vnd.strongroom.entry+json')
    payload = envelope.payload
    conform(payload, ENTRY_SHAPE, 'the entry')
    for name, commitment in payload['commitments'].items():
        a_digest(commitment, 'the commitment to "%s"' % shown(name))
    if origin is not None and payload['origin'] != origin:
        raise Invalid('the entry is of the ledger "%s", the pack of "%s"' % (shown(payload['origin']), shown(origin)))
    if payload['seq'] != seq:
        raise Invalid('the file is named %d, the entry says %d' % (seq, payload['seq']))
    if payload['actor'] != envelope.key_name:
        raise Invalid('the actor is "%s", the key is of "%s"' % (shown(payload['actor']), shown(envelope.key_name)))
    if payload['seen']['size'] > seq:
        raise Invalid('entry %d cannot have seen a tree of %d' % (seq, payload['seen']['size']))
    if (payload['action'] == 'ledger.created') != (seq == 0):
        raise Invalid('ledger.created must be entry 0, and only that')
    entry = Entry(seq, path, envelope, payload, payload['action'], payload['detail'])
    check_key_detail(entry)
    return entry


def check_key_detail(entry: Entry) -> None:
    """The members that the keyring is folded from."""
    origin, detail = entry.payload['origin'], entry.detail
    if entry.action == 'ledger.created':
        if parse_verifier_key(detail.get('logKey')).name != origin:
            raise Invalid('the log key must be named %s' % shown(origin))
        if parse_verifier_key(detail.get('orchestratorKey')).name != origin + '/orchestrator':
            raise Invalid('the orchestrator\'s key must be named %s/orchestrator' % shown(origin))
    if entry.action in ('person.enrolled', 'person.roles.changed', 'person.deactivated'):
        a_person(detail.get('person'), 'detail.person')
    if entry.action in ('person.enrolled', 'person.roles.changed'):
        conform(detail.get('roles'), [a_text], 'detail.roles')
    if (
        entry.action == 'person.enrolled'
        and parse_verifier_key(detail.get('key')).name != origin + '/person/' + detail['person']
    ):
        raise Invalid('the key must be named after the person, %s/person/%s' % (shown(origin), shown(detail['person'])))


@dataclass
class Person:
    name: str
    key: VerifierKey
    roles: Set[str]
    active: bool = True


class Unproved(Exception):
    """What a check needs is not among the earlier entries; no finding if one of them could not be examined."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Contradicted(Unproved):
    """Entries at hand contradict a demand: a finding in any case."""


class History:
    """The state that entries, applied in order, build up: keys, roles, versions, requests, approvals and runs.

    An entry that breaks a demand changes nothing: a person enrolled without the right to never has a valid key.
    """

    def __init__(self) -> None:
        self.log_key: Optional[VerifierKey] = None
        self.log_key_text: Optional[str] = None
        self.orchestrator: Optional[VerifierKey] = None
        self.people: Dict[str, Person] = {}
        self.enrolments = 0
        self.authors: Dict[str, Set[str]] = {}
        self.requests: Dict[int, str] = {}
        self.approvals: Set[str] = set()
        self.runs: Set[str] = set()

    def introduce(self, entry: Entry) -> None:
        """Entry 0 brings the key that it is itself signed with."""
        self.orchestrator = parse_verifier_key(entry.detail['orchestratorKey'])

    def key(self, keyid: str) -> Optional[VerifierKey]:
        """The key of that id, if it is valid for the next entry."""
        if self.orchestrator is not None and self.orchestrator.keyid == keyid:
            return self.orchestrator
        person = self.person(keyid)
        return person.key if person else None

    def person(self, keyid: str) -> Optional[Person]:
        """Who signs with that key now. Enrolling somebody again replaces the key."""
        name = keyid.rpartition('+')[0].rpartition('/')[2]
        person = self.people.get(name)
        return person if person and person.active and person.key.keyid == keyid else None

    def apply(self, entry: Entry) -> None:
        """Check what the entry demands of earlier ones, then let it take effect. Raises Unproved, Contradicted."""
        action, detail = entry.action, entry.detail
        if action == 'ledger.created':
            self.log_key, self.log_key_text = parse_verifier_key(detail['logKey']), detail['logKey']
        elif action == 'person.enrolled':
            self.check_administration(entry, first=self.enrolments == 0)
            self.people[detail['person']] = Person(
                detail['person'], parse_verifier_key(detail['key']), set(detail['roles'])
            )
        elif action in ('person.roles.changed', 'person.deactivated'):
            self.check_administration(entry, first=False)
            person = self.people.get(detail['person'])
            if person is None:
                raise Unproved('authority-invalid', 'person "%s" was not enrolled before' % shown(detail['person']))
            if action == 'person.deactivated':
                person.active = False
            else:
                person.roles = set(detail['roles'])
        elif action == 'run.started':
            self.runs.add(canonical_text(detail.get('run')))
        elif action.startswith('stage.'):
            if 'run' not in detail or canonical_text(detail['run']) not in self.runs:
                raise Unproved('order-invalid', 'its run was not started by an earlier entry')
        elif action == 'model.version.registered':
            self.authors.setdefault(version_of(detail), set()).add(canonical_text(detail.get('author')))
        elif action == 'model.promotion.requested':
            self.requests[entry.seq] = version_of(detail, 'to')
        elif action in ('model.promotion.approved', 'model.promotion.rejected'):
            self.check_decision(entry)
            if action == 'model.promotion.approved':
                self.approvals.add(version_of(detail, 'to'))
        elif action == 'model.stage.changed' and detail.get('to') in ('staging', 'production'):
            if version_of(detail, 'to') not in self.approvals:
                raise Unproved(
                    'order-invalid', 'no valid approval of this version for %s stands before it' % detail['to']
                )

    def check_administration(self, entry: Entry, first: bool) -> None:
        keyid = entry.envelope.keyid
        if first:
            if self.orchestrator is None or keyid != self.orchestrator.keyid:
                raise Unproved('authority-invalid', 'the first person must be enrolled by the orchestrator')
            return
        person = self.person(keyid)
        if person is None or 'administrator' not in person.roles:
            raise Unproved('authority-invalid', '%s must be signed by an administrator' % entry.action)

    def check_decision(self, entry: Entry) -> None:
        """Four eyes: an approver, not the author, on an earlier request for the same version and stage."""
        detail, person = entry.detail, self.person(entry.envelope.keyid)
        authors = self.authors.get(version_of(detail), set())
        if person is not None and canonical_text(person.name) in authors:
            raise Contradicted('authority-invalid', 'the author of a version decided on it')
        request: Any = detail.get('request')
        if not is_integer(request) or request >= entry.seq:
            raise Contradicted('authority-invalid', 'the decision does not name an earlier request')
        if request in self.requests and self.requests[request] != version_of(detail, 'to'):
            raise Contradicted('authority-invalid', 'the request %d is for another version or stage' % request)
        if request not in self.requests:
            raise Unproved('authority-invalid', 'entry %d is not a request that this pack proves' % request)
        if person is None or 'approver' not in person.roles:
            raise Unproved('authority-invalid', 'the decision must be signed by an approver')
        if not authors:
            raise Unproved(
                'authority-invalid', 'the registration of this version, which names its author, is not in the pack'
            )


def version_of(detail: Dict[str, Any], *more: str) -> str:
    """Project, model and version (and stage) as one comparable text."""
    return canonical_text([detail.get(name) for name in ('project', 'model', 'version') + more])


# --- The verification, step by step ---------------------------------------------------------------

STATUSES = ('supported', 'partial', 'missing', 'not-applicable', 'not-yet')
REASONS = ('other-project', 'session', 'after-the-decision', 'not-in-scope')
PROVED = (
    'bytes-unaltered',
    'exporter-signed',
    'entries-signed-by-known-keys',
    'entries-in-tree',
    'omissions-counted',
    'four-eyes',
    'order-of-facts',
    'facts-match-entries',
    'claims-cover-frameworks',
)
NOT_PROVED = ('facts-true', 'nothing-unrecorded', 'single-history', 'times', 'compliance')


class Verification:
    """One run over one pack. Each method is one step; findings gather in `findings`, keyed by (file, code)."""

    def __init__(self, container: Container, pinned: Optional[str]) -> None:
        self.container, self.pinned = container, pinned
        self.files = container.files
        self.odd_paths = {path for _, path, _ in container.odd}
        self.findings: Dict[Tuple[str, str], str] = {}
        self.listed: Dict[str, str] = {}
        self.set_aside: Set[str] = set()
        self.pack: Optional[Dict[str, Any]] = None
        self.facts: Optional[List[Dict[str, Any]]] = None
        self.claims: Optional[List[Dict[str, Any]]] = None
        self.omissions: Optional[Dict[str, Any]] = None
        self.disclosures: Optional[List[Dict[str, Any]]] = None
        self.rows: Dict[str, Optional[List[str]]] = {}
        self.checkpoint: Optional[Checkpoint] = None
        self.history = History()
        self.gap = False
        self.named: Set[str] = set()
        self.unresolved: Dict[str, List[Dict[str, Any]]] = {}

    def run(self) -> Dict[str, Any]:
        for code, path, message in self.container.odd:
            self.find(code, path, message)
        if not self.container.broken:
            self.check_bag()
            self.read_data()
            self.read_checkpoint()
            self.check_entries()
            self.check_stray_proofs()
            self.check_checkpoint_signature()
            self.check_pack_signature()
            self.check_omissions()
            self.check_documents()
            self.check_document_facts()
            self.check_claims()
        return self.report()

    def find(self, code: str, file: str, message: str) -> None:
        self.findings.setdefault((file, code), message)

    def usable(self, path: str) -> bool:
        return path in self.files and path not in self.set_aside

    def withheld(self, path: str) -> bool:
        """Whether the pack should hold this file but what lies there cannot be examined."""
        return not self.usable(path) and (path in self.set_aside or path in self.listed or path in self.odd_paths)

    def paths(self, pattern: re.Pattern[str]) -> List[str]:
        return sorted(path for path in self.files if pattern.fullmatch(path))

    # Names, bag and digests

    def check_bag(self) -> None:
        tag_files = self.read_manifest(TAG_MANIFEST, payload=False)
        self.compare_digests(tag_files, payload=False)
        payload_files = self.read_manifest(MANIFEST, payload=True)
        self.compare_digests(payload_files, payload=True)
        for path in sorted(set(REQUIRED) | set(self.listed)):
            if path not in self.files and (path, 'path-invalid') not in self.findings:
                self.find('file-missing', path, 'the file is not in the pack')
        for path in self.files:
            if not has_a_place(path):
                self.find('file-unlisted', path, 'a pack has no such file')
                self.set_aside.add(path)
        self.check_tag_file('bagit.txt', self.check_bagit)
        self.check_tag_file('bag-info.txt', lambda data: self.check_bag_info(data, payload_files))

    def read_manifest(self, path: str, payload: bool) -> Optional[Dict[str, str]]:
        try:
            listed = parse_manifest(self.files[path].content(MAX_JSON_BYTES), payload) if self.usable(path) else None
        except Invalid as problem:
            self.find('bag-invalid', path, str(problem))
            return None
        self.listed.update(listed or {})
        return listed

    def compare_digests(self, listed: Optional[Dict[str, str]], payload: bool) -> None:
        for path, file in self.files.items():
            if listed is None or path.startswith('data/') != payload or path in (TAG_MANIFEST, SIGNATURE):
                continue
            if path not in listed:
                self.find('file-unlisted', path, 'the manifest does not list this file')
                self.set_aside.add(path)
            elif file.measure().sha256 != listed[path]:
                self.find(
                    'digest-mismatch', path, 'the content is not the one that the manifest lists: the file was altered'
                )
                self.set_aside.add(path)

    def check_tag_file(self, path: str, check: Callable[[bytes], None]) -> None:
        if self.usable(path):
            try:
                check(self.files[path].content(MAX_NOTE_BYTES))
            except Invalid as problem:
                self.find('bag-invalid', path, str(problem))

    def check_bagit(self, data: bytes) -> None:
        if data != b'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n':
            raise Invalid('bagit.txt must be the two lines of BagIt 1.0')

    def check_bag_info(self, data: bytes, payload_files: Optional[Dict[str, str]]) -> None:
        info = parse_bag_info(data)
        if payload_files is not None and all(
            self.files[p].sha256 == d if p in self.files else False for p, d in payload_files.items()
        ):
            oxum = '%d.%d' % (sum(self.files[path].size for path in payload_files), len(payload_files))
            if info['Payload-Oxum'] != oxum:
                raise Invalid('Payload-Oxum says %s, the payload is %s' % (info['Payload-Oxum'], oxum))

    # JSON files

    def read_data(self) -> None:
        self.pack = self.read_jcs(PACK, self.check_pack)
        self.facts = self.read_jcs(FACTS, check_fact_shapes)
        self.claims = self.read_jcs(CLAIMS, lambda value: conform(value, CLAIMS_SHAPE))
        self.omissions = self.read_jcs(OMISSIONS, lambda value: conform(value, OMISSIONS_SHAPE))
        self.disclosures = self.read_jcs(DISCLOSURES, lambda value: conform(value, DISCLOSURES_SHAPE))
        if self.pack is None:
            return
        for framework in self.pack['frameworks']:
            path = framework['file']
            if path not in self.files and not self.withheld(path):
                self.find('file-missing', path, 'data/pack.json names this framework')
            elif self.usable(path) and self.files[path].measure().sha256 != framework['sha256']:
                self.find('format-invalid', PACK, 'the digest of %s is not the one that data/pack.json names' % path)
            self.rows[framework['id']] = self.read_rows(path)
        named = {framework['file'] for framework in self.pack['frameworks']}
        for path in self.paths(FRAMEWORK_PATH):
            if path not in named:
                self.find('file-unlisted', path, 'data/pack.json does not name this framework')

    def read_jcs(self, path: str, check: Callable[[Any], None]) -> Any:
        if not self.usable(path):
            return None
        try:
            value = parse_jcs(self.files[path].content(MAX_JSON_BYTES))
            check(value)
            return value
        except Invalid as problem:
            self.find('format-invalid', path, str(problem))
            return None

    def check_pack(self, value: Any) -> None:
        conform(value, PACK_SHAPE)
        ids = [framework['id'] for framework in value['frameworks']]
        if len(set(ids)) != len(ids):
            raise Invalid('a framework is named twice')
        for framework in value['frameworks']:
            exactly('data/frameworks/%s.json' % framework['id'])(framework['file'], 'file')

    def read_rows(self, path: str) -> Optional[List[str]]:
        """The ids of a framework's assessable rows, in order; None if the file cannot be used."""
        if not self.usable(path):
            return None
        try:
            value = parse_json(self.files[path].content(MAX_JSON_BYTES))
            an_object(value, 'the framework')
            lists = [value[name] for name in ('obligations', 'items') if name in value]
            if len(lists) != 1 or not isinstance(lists[0], list):
                raise Invalid('a framework has one array, obligations or items')
            for row in lists[0]:
                if (
                    not isinstance(row, dict)
                    or not isinstance(row.get('id'), str)
                    or not isinstance(row.get('assessable'), bool)
                ):
                    raise Invalid('a row must have an id and say whether it is assessable')
            ids = [row['id'] for row in lists[0]]
            if len(set(ids)) != len(ids):
                raise Invalid('two rows have the same id')
            return [row['id'] for row in lists[0] if row['assessable']]
        except Invalid as problem:
            self.find('format-invalid', path, str(problem))
            return None

    # Checkpoint

    def read_checkpoint(self) -> None:
        if not self.usable(CHECKPOINT):
            return
        try:
            self.checkpoint = parse_checkpoint(self.files[CHECKPOINT].content(MAX_NOTE_BYTES))
            tree = self.pack and self.pack['tree']
            if self.pack is not None and self.checkpoint.origin != self.pack['origin']:
                raise Invalid('the checkpoint is of another ledger than data/pack.json says')
            if tree and (self.checkpoint.size != tree['size'] or self.checkpoint.root != decode_base64(tree['root'])):
                raise Invalid('the checkpoint is of another tree than data/pack.json says')
        except Invalid as problem:
            self.find('checkpoint-invalid', CHECKPOINT, str(problem))

    def check_checkpoint_signature(self) -> None:
        log_key = self.history.log_key
        if self.withheld(entry_path(0)):
            return
        if self.pinned is not None and self.usable(CHECKPOINT) and self.pinned != self.history.log_key_text:
            self.find('key-not-pinned', CHECKPOINT, 'the log key of this ledger is not the one given with --key')
        if self.checkpoint is None:
            return
        try:
            if log_key is None:
                raise Invalid('entry 0, which introduces the log key, is not in the pack or not valid')
            check_note_signature(self.checkpoint, log_key)
        except Invalid as problem:
            self.find('checkpoint-invalid', CHECKPOINT, str(problem))

    # Entries and proofs, in one pass in ledger order

    def included(self) -> List[int]:
        """Positions of the entries in the pack; an altered file counts, one that no manifest lists does not."""
        unlisted = {path for path, code in self.findings if code == 'file-unlisted'}
        return [int(path[13:21]) for path in self.paths(ENTRY_PATH) if path not in unlisted]

    def check_entries(self) -> None:
        size = self.pack['tree']['size'] if self.pack else self.checkpoint.size if self.checkpoint else None
        about: Dict[int, List[Dict[str, Any]]] = {}
        disclosed: Dict[int, List[Dict[str, Any]]] = {}
        for fact in self.facts or []:
            about.setdefault(fact['entry'], []).append(fact)
        for disclosure in self.disclosures or []:
            disclosed.setdefault(disclosure['entry'], []).append(disclosure)
        expected = set(self.included()) | {int(path[13:21]) for path in self.listed if ENTRY_PATH.fullmatch(path)}
        for seq in sorted(expected):
            path = entry_path(seq)
            facts, disclosures = about.pop(seq, []), disclosed.pop(seq, [])
            if not self.usable(path):
                self.gap = True
                continue
            entry = None
            try:
                data = self.files[path].content(MAX_LEAF_BYTES)
                self.check_proof(seq, data)
                entry = parse_entry(data, seq, path, self.pack['origin'] if self.pack else None)
            except Invalid as problem:
                self.find('entry-invalid', path, str(problem))
            if entry is not None:
                self.check_signature(entry, size)
            self.check_facts(entry, seq, facts)
            self.check_disclosures(entry, disclosures)
        for facts in about.values():
            if not self.withheld(entry_path(facts[0]['entry'])):
                self.find(
                    'fact-invalid',
                    FACTS,
                    'fact %s is about entry %d, which the pack does not hold' % (facts[0]['id'], facts[0]['entry']),
                )
        for seq in disclosed:
            if not self.withheld(entry_path(seq)):
                self.find('disclosure-invalid', DISCLOSURES, 'entry %d is not in the pack' % seq)

    def check_signature(self, entry: Entry, size: Optional[int]) -> None:
        if entry.seq == 0:
            self.history.introduce(entry)
        key = self.history.key(entry.envelope.keyid)
        if key is None:
            if not self.gap:
                message = 'no key %s is valid at this position' % shown(entry.envelope.keyid, 120)
                self.find('key-unknown', entry.path, message)
        elif not signature_holds(key.public, entry.envelope.message, entry.envelope.signature):
            message = 'the signature of %s does not match the entry' % shown(key.name, 120)
            self.find('signature-invalid', entry.path, message)
        elif size is None or entry.seq < size:  # an entry beyond the tree is none of this history
            try:
                self.history.apply(entry)
            except Unproved as problem:
                if isinstance(problem, Contradicted) or not self.gap:
                    self.find(problem.code, entry.path, str(problem))
        if self.history.log_key is None:  # entry 0 itself does not hold: nothing is known by it
            self.history.orchestrator = None
        if entry.action == 'person.enrolled':
            self.history.enrolments += 1

    def check_proof(self, seq: int, leaf: bytes) -> None:
        path = 'data/proofs/%08d.tlog-proof' % seq
        if path not in self.files and not self.withheld(path):
            self.find('file-missing', path, 'the entry has no inclusion proof')
        if not self.usable(path):
            return
        try:
            index, hashes, note = parse_proof(self.files[path].content(MAX_NOTE_BYTES))
            if index != seq:
                raise Invalid('the file is named %d, the proof says %d' % (seq, index))
            if not self.usable(CHECKPOINT):
                return
            if hashlib.sha256(note).hexdigest() != self.files[CHECKPOINT].measure().sha256:
                raise Invalid('the proof is for another checkpoint')
            if (
                self.checkpoint
                and root_from_proof(leaf_hash(leaf), index, self.checkpoint.size, hashes) != self.checkpoint.root
            ):
                raise Invalid('the entry is not in the tree of the checkpoint')
        except Invalid as problem:
            self.find('proof-invalid', path, str(problem))

    def check_stray_proofs(self) -> None:
        for path in self.paths(PROOF_PATH):
            entry = entry_path(int(path[12:20]))
            if self.usable(path) and entry not in self.files and not self.withheld(entry):
                self.find('proof-invalid', path, 'the pack does not hold the entry that this proves')

    # The exporter's signature

    def check_pack_signature(self) -> None:
        if not self.usable(SIGNATURE):
            return
        try:
            envelope = open_envelope(self.files[SIGNATURE].content(MAX_JSON_BYTES), 'application/vnd.in-toto+json')
            statement = envelope.payload
            conform(statement, STATEMENT_SHAPE, 'the statement')
            if len(statement['subject']) != 1:
                raise Invalid('the statement must have one subject')
            key = self.history.key(envelope.keyid)
            if key is None and not self.gap:
                raise Invalid('no key %s is valid at the size of the tree' % shown(envelope.keyid, 120))
            if key is not None and not signature_holds(key.public, envelope.message, envelope.signature):
                raise Invalid('the signature of %s does not match' % shown(key.name, 120))
            if self.pack is not None:
                if envelope.key_name != self.pack['exporter']:
                    raise Invalid('signed by "%s", not by the exporter' % shown(envelope.key_name, 120))
                predicate = statement['predicate']
                if predicate['origin'] != self.pack['origin'] or predicate['treeSize'] != self.pack['tree']['size']:
                    raise Invalid('the statement is about another ledger or tree than data/pack.json')
            signed_digest = statement['subject'][0]['digest']['sha256']
            if TAG_MANIFEST in self.files and self.files[TAG_MANIFEST].measure().sha256 != signed_digest:
                if key is not None:
                    self.find('digest-mismatch', TAG_MANIFEST, 'the content is not the one that the exporter signed')
                raise Invalid('what was signed is not this tagmanifest-sha256.txt')
        except Invalid as problem:
            self.find('pack-signature-invalid', SIGNATURE, str(problem))

    # Omissions, facts, documents, disclosures, claims

    def check_omissions(self) -> None:
        if self.omissions is None:
            return
        included, size, omitted = self.included(), self.omissions['treeSize'], self.omissions['omitted']
        try:
            if self.pack is not None and size != self.pack['tree']['size']:
                raise Invalid('treeSize is %d, the tree has %d entries' % (size, self.pack['tree']['size']))
            if self.omissions['included'] != len(included):
                raise Invalid(
                    '%d entries are said to be included, the pack holds %d'
                    % (self.omissions['included'], len(included))
                )
            if 0 not in included:
                raise Invalid('entry 0 is not in the pack')
            for omission in omitted:
                if omission['reason'] not in REASONS:
                    raise Invalid('"%s" is not a reason to omit entries' % shown(omission['reason']))
            for one, next_one in zip(omitted, omitted[1:]):
                if one['from'] >= next_one['from']:
                    raise Invalid('the omitted ranges are not sorted')
            ranges = sorted([(seq, seq) for seq in included] + [(o['from'], o['to']) for o in omitted])
            following = 0
            for first, last in ranges:
                if first != following or last < first:
                    raise Invalid(
                        'entry %d is %s'
                        % (min(first, following), 'counted twice' if first < following else 'neither here nor omitted')
                    )
                following = last + 1
            if following != size:
                raise Invalid('entries are accounted for up to %d, the tree has %d' % (following, size))
        except Invalid as problem:
            self.find('omissions-invalid', OMISSIONS, str(problem))

    def check_facts(self, entry: Optional[Entry], seq: int, facts: List[Dict[str, Any]]) -> None:
        """Compare facts in the entry itself; those in a document that the entry names wait for it."""
        texts = {item for _, item in walk_values(entry.payload)} if entry else set()
        self.named.update(texts)
        for fact in facts:
            try:
                if entry is None:
                    raise Invalid('entry %d is not valid' % seq)
                if 'document' not in fact:
                    compare_fact(fact, resolve_pointer(entry.payload, fact['pointer']))
                elif fact['document'] not in texts:
                    raise Invalid('entry %d does not name the document' % seq)
                else:
                    self.unresolved.setdefault(fact['document'], []).append(fact)
            except Invalid as problem:
                self.find('fact-invalid', FACTS, 'fact %s: %s' % (shown(fact['id']), problem))

    def check_document_facts(self) -> None:
        """Documents are read one at a time, each once."""
        holders: Dict[str, List[str]] = {}
        for path in set(self.paths(DOCUMENT_PATH)) | {path for path in self.listed if DOCUMENT_PATH.fullmatch(path)}:
            holders.setdefault(path[15:79], []).append(path)
        for digest in sorted(self.unresolved):
            facts = self.unresolved[digest]
            paths = [p for p in holders.get(digest, []) if self.usable(p) and self.files[p].measure().sha256 == digest]
            if not paths and any(self.withheld(path) for path in holders.get(digest, [])):
                continue
            fact = facts[0]
            try:
                if not paths:
                    raise Invalid('the pack does not hold the document %s' % digest)
                document = parse_json(self.files[paths[0]].content(MAX_JSON_BYTES))
                for fact in facts:
                    compare_fact(fact, document_value(resolve_pointer(document, fact['pointer'])))
            except Invalid as problem:
                self.find('fact-invalid', FACTS, 'fact %s: %s' % (shown(fact['id']), problem))

    def check_documents(self) -> None:
        for path in self.paths(DOCUMENT_PATH):
            digest = path[15:79]
            if not self.usable(path):
                continue
            if self.files[path].measure().sha256 != digest:
                self.find(
                    'document-unproven', path, 'the content does not have the digest that its folder is named after'
                )
            elif digest not in self.named and not self.gap:
                self.find('document-unproven', path, 'no entry of the pack names this document')

    def check_disclosures(self, entry: Optional[Entry], disclosures: List[Dict[str, Any]]) -> None:
        for disclosure in disclosures:
            value = bytes.fromhex(disclosure['salt']) + disclosure['value'].encode('utf-8')
            commitments = entry.payload['commitments'] if entry else {}
            if commitments.get(disclosure['field']) != hashlib.sha256(value).hexdigest():
                message = 'entry %d does not commit to this value of "%s"' % (
                    disclosure['entry'],
                    shown(disclosure['field']),
                )
                self.find('disclosure-invalid', DISCLOSURES, message)

    def check_claims(self) -> None:
        if self.facts is not None:
            ids = [fact['id'] for fact in self.facts]
            if any(one >= other for one, other in zip(ids, ids[1:])):
                self.find('fact-invalid', FACTS, 'facts are not sorted by id, or an id occurs twice')
        if self.claims is None or self.pack is None:
            return
        known = {fact['id'] for fact in self.facts} if self.facts is not None else None
        try:
            unread = {name for name, rows in self.rows.items() if rows is None}
            expected = [(name, row) for name, rows in self.rows.items() for row in rows or []]
            claimed = [
                (claim['framework'], claim['obligation']) for claim in self.claims if claim['framework'] not in unread
            ]
            if claimed != expected:
                at = next(
                    (i for i, (one, other) in enumerate(zip(claimed, expected)) if one != other),
                    min(len(claimed), len(expected)),
                )
                row = expected[at] if at < len(expected) else claimed[at]
                raise Invalid('claims and assessable rows part at %s of %s' % (shown(row[1]), shown(row[0])))
            for claim in self.claims:
                check_claim(claim, known)
        except Invalid as problem:
            self.find('claim-invalid', CLAIMS, str(problem))

    # Report

    def report(self) -> Dict[str, Any]:
        """The result as plain data, as `--json` prints it."""
        mismatched = {file for file, code in self.findings if code == 'digest-mismatch'}
        kept = [key for key in self.findings if key[1] == 'digest-mismatch' or key[0] not in mismatched]
        kept.sort(key=lambda key: (code_units(key[0]), key[1]))
        ok, pack, readable = not kept, self.pack, not self.container.broken
        proved = list(PROVED) + (['log-key-pinned'] if self.pinned is not None else [])
        summary = None
        if pack is not None and self.claims is not None:
            summary = {f['id']: {status: 0 for status in STATUSES} for f in pack['frameworks']}
            for claim in self.claims:
                if claim['framework'] in summary and claim['status'] in STATUSES:
                    summary[claim['framework']][claim['status']] += 1
        return {
            'ok': ok,
            'pack': pack['id'] if pack else None,
            'origin': pack['origin'] if pack else None,
            'treeSize': pack['tree']['size'] if pack else None,
            'logKey': self.history.log_key_text,
            'exporter': pack['exporter'] if pack else None,
            'counts': {
                'files': len(self.files) if readable else None,
                'entries': len(self.paths(ENTRY_PATH)) if readable else None,
                'proofs': len(self.paths(PROOF_PATH)) if readable else None,
                'facts': len(self.facts) if self.facts is not None else None,
                'claims': len(self.claims) if self.claims is not None else None,
                'documents': len(self.paths(DOCUMENT_PATH)) if readable else None,
            },
            'claims': summary,
            'findings': [{'code': code, 'file': file, 'message': self.findings[(file, code)]} for file, code in kept],
            'proved': proved if ok else [],
            'notProved': list(NOT_PROVED) + ([] if self.pinned is not None else ['log-key-owner']),
        }


def entry_path(seq: int) -> str:
    return 'data/entries/%08d.json' % seq


def walk_values(payload: Any) -> Iterator[Tuple[int, str]]:
    """The strings of an entry's payload that look like a digest (member names are not among its values)."""
    waiting = [payload]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str) and len(item) == 64:
            yield 0, item
        elif isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)


def check_fact_shapes(value: Any) -> None:
    if not isinstance(value, list):
        raise Invalid('the file must be an array')
    for index, fact in enumerate(value):
        in_document = isinstance(fact, dict) and 'document' in fact
        conform(fact, FACT_IN_DOCUMENT if in_document else FACT_IN_ENTRY, 'fact %d' % (index + 1))


def compare_fact(fact: Dict[str, Any], recorded: Any) -> None:
    if type(recorded) is not type(fact['value']) or recorded != fact['value']:
        if not isinstance(recorded, (str, int)) or isinstance(recorded, bool):
            raise Invalid('"%s" is neither a string nor a number' % shown(fact['pointer']))
        raise Invalid(
            'says %s, recorded is %s'
            % tuple(shown(json.dumps(v, ensure_ascii=False)) for v in (fact['value'], recorded))
        )


def document_value(value: Any) -> Any:
    """A document's value as a fact states it: strings and integers as such, all other numbers and booleans as JCS."""
    if isinstance(value, float) and value.is_integer():
        if abs(value) > MAX_SAFE_INTEGER:
            raise Invalid('an integer beyond 2^53-1 is not exact')
        return int(value)
    return canonical_text(value) if isinstance(value, (float, bool)) else value


def check_claim(claim: Dict[str, Any], known: Optional[Set[str]]) -> None:
    status, facts, row = claim['status'], claim['facts'], shown(claim['obligation'])
    if status not in STATUSES:
        raise Invalid('%s: "%s" is not a status' % (row, shown(status)))
    if status in ('supported', 'partial') and not facts:
        raise Invalid('%s is said to be %s, but rests on no fact' % (row, status))
    if status == 'missing' and facts and not claim['missing']:
        raise Invalid('%s is said to be missing, but nothing is' % row)
    if status == 'not-applicable' and not claim['text'].strip():
        raise Invalid('%s is said not to apply, without a reason' % row)
    for fact in facts:
        if known is not None and fact not in known:
            raise Invalid('%s rests on fact %s, which is not in the pack' % (row, shown(fact)))


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
    except (OSError, MemoryError, ValueError) as error:
        raise PackUnreadable(
            '"%s" cannot be read: %s' % (shown(path, 200), shown(error, 200) or type(error).__name__)
        ) from None


# --- Report and command line ----------------------------------------------------------------------

MEANING = {
    'bytes-unaltered': 'No file was altered, added or removed since the pack was signed.',
    'exporter-signed': 'The exporter, whose key the ledger knows, signed this pack.',
    'entries-signed-by-known-keys': 'Each entry was signed by a key that the ledger knew at that position.',
    'entries-in-tree': 'Each entry stands in the ledger at its position, under the signed checkpoint.',
    'omissions-counted': 'Every entry of the ledger is in the pack or counted as left out, with a reason.',
    'four-eyes': 'Each decision on a model was signed by an approver who is not its author.',
    'order-of-facts': 'Runs were recorded before their stages, approvals before the change of stage.',
    'facts-match-entries': 'Each fact says what the entry or document that it names says.',
    'claims-cover-frameworks': 'Each row of each framework has a claim, and each claim names its facts.',
    'log-key-pinned': 'The ledger\'s key is the one that you gave.',
    'facts-true': 'That what was recorded is true.',
    'nothing-unrecorded': 'That no action went unrecorded.',
    'single-history': 'That there is no other version of this ledger: compare the checkpoint with a witness.',
    'times': 'When things happened: times are asserted by who signed; their order is proved.',
    'compliance': 'Whether the law is met: that is a judgement of people.',
    'log-key-owner': 'Who holds the log key: learn the key from somebody other than the sender, give it with --key.',
}


def report_text(report: Dict[str, Any]) -> str:
    """The report for people: findings, what was proved, what was not, claims."""
    findings, counts = report['findings'], report['counts']
    lines = ['Evidence pack %s' % shown(report['pack'] or '(unreadable)'), '']
    for label, value in (
        ('Ledger', report['origin']),
        ('Tree size', report['treeSize']),
        ('Log key', report['logKey']),
        ('Exporter', report['exporter']),
    ):
        lines.append('  %-10s %s' % (label, shown(value, 200) if value is not None else 'not readable'))
    lines.append(
        '  %-10s %s' % ('Contents', ', '.join('%s %s' % ('?' if n is None else n, name) for name, n in counts.items()))
    )
    lines += [
        '',
        'No findings: all checks passed.' if report['ok'] else 'Findings: %d. This pack does not pass.' % len(findings),
    ]
    for finding in findings:
        lines += [
            '  ' + shown(finding['file'], 250),
            '    %-24s %s' % (finding['code'], shown(finding['message'], 400)),
        ]
    lines += ['', 'Proved'] + ['  ' + MEANING[code] for code in report['proved']]
    if not report['proved']:
        lines.append('  Nothing is stated as proved while there are findings.')
    lines += ['', 'Not proved'] + ['  ' + MEANING[code] for code in report['notProved']]
    if report['claims']:
        width = max(len(shown(name)) for name in report['claims'])
        lines += ['', 'Claims', '  ' + ' ' * width + ''.join('%16s' % status for status in STATUSES)]
        for name, by_status in report['claims'].items():
            lines.append('  ' + shown(name).ljust(width) + ''.join('%16d' % by_status[status] for status in STATUSES))
        lines.append('  Supported means recorded facts support the row, not that the law is met.')
    return '\n'.join(lines) + '\n'


def parse_arguments(arguments: List[str]) -> Tuple[str, Optional[str], bool]:
    """(pack, pinned key, whether JSON is wanted)."""
    pack: Optional[str] = None
    key: Optional[str] = None
    as_json = False
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        if argument == '--json' and not as_json:
            as_json = True
        elif argument == '--key' and key is None and rest:
            key = rest.pop(0)
        elif argument.startswith('--key=') and key is None:
            key = argument[len('--key=') :]
        elif not argument.startswith('-') and argument and pack is None:
            pack = argument
        else:
            raise PackUnreadable(
                'unexpected argument "%s"; usage: verify.py [PACK] [--key VERIFIER_KEY] [--json]' % shown(argument)
            )
    return pack or os.path.dirname(os.path.abspath(__file__)), key, as_json


def main(arguments: List[str]) -> int:
    try:
        pack, key, as_json = parse_arguments(arguments)
        report = verify_pack(pack, key)
    except PackUnreadable as problem:
        print('verify.py: %s' % problem, file=sys.stderr)
        return 2
    sys.stdout.buffer.write(canonical(report) + b'\n' if as_json else report_text(report).encode('utf-8'))
    return 0 if report['ok'] else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
