"""Tests of verify.py: published vectors, packs built from nothing by this file, and what a tamperer would try.

Run from the repository root: python3 -m unittest resources/verifier/verify_py_test.py
"""

from __future__ import annotations

import base64
import binascii
import copy
import functools
import hashlib
import io
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
from typing import Any, Callable, Dict, Iterable, List, Optional, Tuple

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)

import verify  # noqa: E402

# Altered packs share most of their signatures. This function is pure, so nothing is decided differently.
verify.signature_holds = functools.lru_cache(maxsize=100_000)(verify.signature_holds)
# In memory where there is such a folder: thousands of small files come and go.
MEMORY = next((path for path in ('/dev/shm',) if os.access(path, os.W_OK)), None)

# --- A writer of packs, for tests only ------------------------------------------------------------
# Signing needs no speed and no secrecy here, so points are affine fractions worked out the plain way of RFC 8032.

Q = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
CURVE_D = -121665 * pow(121666, -1, Q) % Q
BASE_Y = 4 * pow(5, -1, Q) % Q
BASE_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202


def plus(one: Tuple[int, int, int], two: Tuple[int, int, int]) -> Tuple[int, int, int]:
    """Addition in projective coordinates (add-2008-bbjlp)."""
    a = one[2] * two[2] % Q
    b, c, d = a * a % Q, one[0] * two[0] % Q, one[1] * two[1] % Q
    e = CURVE_D * c * d % Q
    x = a * (b - e) * ((one[0] + one[1]) * (two[0] + two[1]) - c - d)
    return x % Q, a * (b + e) * (d + c) % Q, (b - e) * (b + e) % Q


def times(scalar: int) -> bytes:
    """The encoding of scalar * B."""
    total, point = (0, 1, 1), (BASE_X, BASE_Y, 1)
    while scalar:
        if scalar & 1:
            total = plus(total, point)
        point, scalar = plus(point, point), scalar >> 1
    inverse = pow(total[2], -1, Q)
    x, y = total[0] * inverse % Q, total[1] * inverse % Q
    return (y | (x & 1) << 255).to_bytes(32, 'little')


class Key:
    """An Ed25519 key with a name, made from a seed."""

    def __init__(self, name: str, seed: Optional[bytes] = None) -> None:
        self.name = name
        digest = hashlib.sha512(seed or hashlib.sha256(name.encode()).digest()).digest()
        self.scalar = int.from_bytes(digest[:32], 'little') & (2**254 - 8) | 2**254
        self.prefix = digest[32:]
        self.public = times(self.scalar)
        self.hash = hashlib.sha256(name.encode() + b'\n\x01' + self.public).digest()[:4]
        self.keyid = name + '+' + self.hash.hex()
        self.text = self.keyid + '+' + b64(b'\x01' + self.public)

    def sign(self, message: bytes) -> bytes:
        r = int.from_bytes(hashlib.sha512(self.prefix + message).digest(), 'little') % ORDER
        point = times(r)
        h = int.from_bytes(hashlib.sha512(point + self.public + message).digest(), 'little')
        return point + ((r + h * self.scalar) % ORDER).to_bytes(32, 'little')


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def jcs(value: Any) -> bytes:
    """Enough of JCS for the ASCII member names that these packs use."""
    return json.dumps(value, sort_keys=True, separators=(',', ':'), ensure_ascii=False).encode()


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def seal(payload: Any, kind: str, key: Key, signature: Optional[bytes] = None, keyid: Optional[str] = None) -> bytes:
    body = jcs(payload)
    message = b'DSSEv1 %d %b %d %b' % (len(kind), kind.encode(), len(body), body)
    made = {'keyid': keyid or key.keyid, 'sig': b64(signature or key.sign(message))}
    return jcs({'payload': b64(body), 'payloadType': kind, 'signatures': [made]})


def tree_root(leaves: List[bytes]) -> bytes:
    if len(leaves) == 1:
        return hashlib.sha256(b'\0' + leaves[0]).digest()
    if not leaves:
        return hashlib.sha256(b'').digest()
    cut = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b'\1' + tree_root(leaves[:cut]) + tree_root(leaves[cut:])).digest()


def tree_path(leaves: List[bytes], index: int) -> List[bytes]:
    if len(leaves) == 1:
        return []
    cut = 1 << (len(leaves) - 1).bit_length() - 1
    if index < cut:
        return tree_path(leaves[:cut], index) + [tree_root(leaves[cut:])]
    return tree_path(leaves[cut:], index - cut) + [tree_root(leaves[:cut])]


ORIGIN = 'audit.example/strongroom'
ENTRY_TYPE = 'application/vnd.strongroom.entry+json'
LOG, ROBOT = Key(ORIGIN), Key(ORIGIN + '/orchestrator')
ADA, BEA, CLEO = (Key(ORIGIN + '/person/p-0000000' + n) for n in 'abc')
MALLORY = Key(ORIGIN + '/person/p-000000ff')
PEOPLE = {'ada': ADA, 'bea': BEA, 'cleo': CLEO, 'mallory': MALLORY, 'robot': ROBOT}
METRICS = json.dumps(
    {'accuracy': 0.8125, 'tiny': 1e-7, 'rows': 1200.0, 'fair': True, 'by group': [{'a/b': 'x~y'}], 'seed': 2**60},
    indent=2,
).encode()
REPORT = b'<!doctype html><title>Fairness</title>\n'
AUC = {'metric': 'auc', 'bound': 'min', 'threshold': '0.8'}
ECE = {'metric': 'train.ece', 'bound': 'max', 'threshold': '0.05'}
CITED = {'A-2': ('Art. 2', '"\'=Formula ""two"""')}  # as cells of a table: a formula is marked, a quotation mark doubled


def person(key: Key) -> str:
    return key.name.rpartition('/')[2]


def the_entries() -> List[Dict[str, Any]]:
    """The story of a small ledger: who signs, what, with which detail."""
    version = {'project': 'credit', 'model': 'score', 'version': 1}

    def made(who: str, action: str, detail: Dict[str, Any], **more: Any) -> Dict[str, Any]:
        return dict({'who': who, 'action': action, 'detail': detail}, **more)

    def enrolled(who: str, key: Key, *roles: str) -> Dict[str, Any]:
        return made(who, 'person.enrolled', {'person': person(key), 'roles': list(roles), 'key': key.text})

    return [
        made('robot', 'ledger.created', {'logKey': LOG.text, 'orchestratorKey': ROBOT.text, 'software': 'test 1'}),
        enrolled('robot', ADA, 'administrator'),
        enrolled('ada', BEA, 'engineer'),
        enrolled('ada', CLEO, 'auditor'),
        made('ada', 'person.roles.changed', {'person': person(CLEO), 'roles': ['approver', 'auditor']}),
        made('bea', 'session.opened', {'person': person(BEA)}),
        made('bea', 'run.started', {
            'run': 1, 'project': 'credit', 'parameters': {'seed': '7', 'größe': '€ 5'},
            'gates': [{'model': 'score', 'gates': [{'to': 'staging', 'conditions': [AUC, ECE], 'approvals': 1}]}],
        }),
        made('robot', 'stage.started', {'run': 1, 'stage': 'train', 'attempt': 1}),
        made('robot', 'stage.succeeded', {
            'run': 1, 'stage': 'train', 'attempt': 1, 'durationMs': 815, 'metrics': {'auc': '0.8125', 'ece': '0.05'},
            'evidence': [{'kind': 'metrics', 'sha256': sha(METRICS)}, {'kind': 'report', 'sha256': sha(REPORT)}],
        }),
        made('bea', 'model.version.registered', dict(version, run=1, author=person(BEA), artifact=sha(b'model')),
             commitments={'note': sha(bytes.fromhex('00ff' * 8) + 'Übung'.encode())}),
        made('bea', 'model.promotion.requested', dict(version, to='staging', gateEntry=6, approvals=1, conditions=[
            dict(AUC, value='0.8125', met='yes'), dict(ECE, value='0.05', met='yes')])),
        made('cleo', 'model.promotion.approved', dict(version, to='staging', request=10)),
        made('robot', 'model.stage.changed', dict(version, to='staging')),
        made('bea', 'project.changed', {'project': 'credit', 'name': 'Crédit', 'intendedPurpose': 'Scores',
                                        'roles': ['provider'], 'annexIII': '5(b)'}),
    ]


class PackWriter:
    """Writes a valid pack. Tests change what it is given, or the files before they are bagged and signed."""

    def __init__(self, entries: Optional[List[Dict[str, Any]]] = None) -> None:
        self.entries = entries if entries is not None else the_entries()
        self.omitted = {5: 'session'}
        self.exporter = CLEO
        self.payload: Dict[str, bytes] = {}
        self.leaves: List[bytes] = []

    def leaf(self, seq: int, entry: Dict[str, Any]) -> bytes:
        key = PEOPLE[entry['who']]
        payload = {
            'v': 1, 'origin': ORIGIN, 'seq': seq, 'time': '2026-11-23T09:00:%02d.000Z' % seq, 'actor': key.name,
            'action': entry['action'], 'subject': [], 'detail': entry['detail'],
            'commitments': entry.get('commitments', {}),
            'seen': {'size': seq, 'root': b64(tree_root(self.leaves))},
        }
        payload.update(entry.get('override', {}))
        signature = bytes(64) if entry.get('unsigned') else None
        return seal(payload, ENTRY_TYPE, entry.get('signer', key), signature, entry.get('keyid'))

    def write_payload(self) -> PackWriter:
        for seq, entry in enumerate(self.entries):
            self.leaves.append(self.leaf(seq, entry))
        size, root = len(self.leaves), tree_root(self.leaves)
        text = '%s\n%d\n%s\n' % (ORIGIN, size, b64(root))
        note = text + '\n\u2014 %s %s\n' % (LOG.name, b64(LOG.hash + LOG.sign(text.encode())))
        note += '\u2014 witness.example %s\n' % b64(b'wxyz' + bytes(72))
        checkpoint = note.encode()
        payload = {'data/checkpoint.txt': checkpoint}
        for seq, leaf in enumerate(self.leaves):
            if seq not in self.omitted:
                hashes = ''.join(b64(item) + '\n' for item in tree_path(self.leaves, seq))
                payload['data/entries/%08d.json' % seq] = leaf
                proof = 'c2sp.org/tlog-proof@v1\nindex %d\n%s\n' % (seq, hashes)
                payload['data/proofs/%08d.tlog-proof' % seq] = proof.encode() + checkpoint
        rows = [{'id': 'A', 'assessable': False}] + [{'id': 'A-%d' % n, 'assessable': True} for n in range(1, 6)]
        rows[2].update(citation='Art. 2', title='=Formula "two"', weight=0.5)
        framework = json.dumps({'_meta': {}, 'obligations': rows}, indent=2).encode()
        second = json.dumps({'items': [{'id': 'G-1', 'assessable': True}]}, indent=1).encode()
        payload['data/frameworks/act.json'] = framework
        payload['data/frameworks/rmf.json'] = second
        payload['data/documents/%s/metrics.json' % sha(METRICS)] = METRICS
        payload['data/documents/%s/fairness.html' % sha(REPORT)] = REPORT
        payload['data/pack.json'] = jcs({
            'format': 'strongroom.dev/evidence-pack/v1', 'id': 'pack-1', 'origin': ORIGIN,
            'created': '2026-11-23T10:00:00.000Z', 'software': 'test 1',
            'project': {'id': 'credit', 'name': 'Crédit', 'intendedPurpose': 'Scores', 'roles': ['provider'],
                        'annexIII': '5(b)'},
            'model': {'name': 'score', 'version': 1, 'artifact': sha(b'model')}, 'exporter': self.exporter.name,
            'tree': {'size': size, 'root': b64(root)}, 'asOf': '2026-11-23',
            'frameworks': [
                {'id': 'act', 'title': 'Act', 'file': 'data/frameworks/act.json', 'sha256': sha(framework)},
                {'id': 'rmf', 'title': 'RMF', 'file': 'data/frameworks/rmf.json', 'sha256': sha(second)},
            ],
        })
        doc = {'entry': 8, 'document': sha(METRICS), 'text': 'as measured'}
        payload['data/facts.json'] = jcs([
            {'id': 'F0001', 'entry': 6, 'pointer': '/detail/parameters/größe', 'value': '€ 5', 'text': 'parameter'},
            {'id': 'F0002', 'entry': 8, 'pointer': '/detail/durationMs', 'value': 815, 'text': 'duration'},
            dict(doc, id='F0003', pointer='/accuracy', value='0.8125'),
            dict(doc, id='F0004', pointer='/tiny', value='1e-7'),
            dict(doc, id='F0005', pointer='/rows', value=1200),
            dict(doc, id='F0006', pointer='/fair', value='true'),
            dict(doc, id='F0007', pointer='/by group/0/a~1b', value='x~y'),
        ])
        claims = [('A-1', 'supported', ['F0001'], []), ('A-2', 'partial', ['F0002', 'F0003'], ['review']),
                  ('A-3', 'missing', [], ['plan']), ('A-4', 'not-applicable', [], []), ('A-5', 'not-yet', [], []),
                  ('G-1', 'supported', ['F0007'], [])]
        payload['data/claims.json'] = jcs([
            {'framework': 'act' if row[0] == 'A' else 'rmf', 'obligation': row, 'status': status, 'text': 'because',
             'facts': facts, 'missing': missing, 'appliesFrom': None if row[0] == 'G' else '2027-12-02'}
            for row, status, facts, missing in claims
        ])
        payload['data/omissions.json'] = jcs({
            'treeSize': size, 'included': size - len(self.omitted),
            'omitted': [{'from': seq, 'to': seq, 'reason': why} for seq, why in sorted(self.omitted.items())],
        })
        payload['data/disclosures.json'] = jcs([{'entry': 9, 'field': 'note', 'salt': '00ff' * 8, 'value': 'Übung'}])
        payload['data/report.html'] = b'<!doctype html>\n'
        self.payload = payload
        self.write_tables()
        return self

    def write_tables(self) -> None:
        claims, facts = (json.loads(self.payload['data/%s.json' % name].decode()) for name in ('claims', 'facts'))
        by_id = {fact['id']: fact for fact in facts}
        gaps = ['framework,obligation,citation,title,status,missing,applies from,explanation']
        traces = ['framework,obligation,citation,status,fact,entry,document,pointer,value,text']
        for claim in claims:
            citation, title = CITED.get(claim['obligation'], ('', ''))
            head = '%s,%s,%s' % (claim['framework'], claim['obligation'], citation)
            if claim['status'] in ('partial', 'missing', 'not-yet'):
                since = claim['appliesFrom'] or ''
                gaps.append('%s,%s,%s,%s,%s,because' % (head, title, claim['status'], ' '.join(claim['missing']), since))
            for fact in map(by_id.get, claim['facts'] or ['']):
                cells = ['id', 'entry', 'document', 'pointer', 'value', 'text']
                cited = ['' if fact is None else str(fact.get(name, '')) for name in cells]
                traces.append('%s,%s,%s' % (head, claim['status'], ','.join(cited)))
        for path, lines in (('data/gaps.csv', gaps), ('data/traceability.csv', traces)):
            self.payload[path] = ''.join(line + '\r\n' for line in lines).encode()

    def edit(self, path: str, change: Callable[[Any], Any]) -> None:
        """Change a JSON file of the payload; `change` edits in place or returns another value."""
        value = json.loads(self.payload[path].decode())
        result = change(value)
        self.payload[path] = jcs(value if result is None else result)

    def bag(self, signer: Optional[Key] = None, **statement: Any) -> Dict[str, bytes]:
        files = dict(self.payload)
        oxum = '%d.%d' % (sum(len(data) for data in self.payload.values()), len(self.payload))
        files['manifest-sha256.txt'] = manifest(self.payload)
        files['bagit.txt'] = b'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n'
        files['bag-info.txt'] = (
            'Source-Organization: Example Bank\nBagging-Date: 2026-11-23\nPayload-Oxum: %s\n'
            'External-Identifier: pack-1\nBag-Software-Agent: test 1\n' % oxum
        ).encode()
        files['README.txt'] = b'An evidence pack.\n'
        files['verify.mjs'] = files['verify.py'] = b'// stands for a verifier\n'
        return sign_bag(files, signer or self.exporter, len(self.entries), **statement)


def manifest(files: Iterable[str]) -> bytes:
    content = files if isinstance(files, dict) else {}
    return ''.join('%s  %s\n' % (sha(content[path]), path) for path in sorted(files)).encode()


def sign_bag(files: Dict[str, bytes], signer: Key, size: int, **statement: Any) -> Dict[str, bytes]:
    tags = {path: data for path, data in files.items()
            if not path.startswith('data/') and path not in ('tagmanifest-sha256.txt', 'signature.dsse.json')}
    files['tagmanifest-sha256.txt'] = manifest(tags)
    predicate = dict({'origin': ORIGIN, 'statement': 'I exported this.', 'treeSize': size}, **statement)
    payload = {
        '_type': 'https://in-toto.io/Statement/v1', 'predicateType': 'https://strongroom.dev/evidence-pack/v1',
        'subject': [{'name': 'tagmanifest-sha256.txt', 'digest': {'sha256': sha(files['tagmanifest-sha256.txt'])}}],
        'predicate': predicate,
    }
    files['signature.dsse.json'] = seal(payload, 'application/vnd.in-toto+json', signer)
    return files


def zip_of(files: Iterable[Tuple[str, bytes]], trailer: bytes = b'') -> bytes:
    body, directory, count = b'', b'', 0
    for path, data in files:
        name, crc = path.encode(), binascii.crc32(data)
        fixed = struct.pack('<HHHHIIIHH', 0, 0, 0, 0x21, crc, len(data), len(data), len(name), 0)
        directory += b'PK\1\2' + struct.pack('<HH', 20, 20) + fixed + struct.pack('<HHHII', 0, 0, 0, 0, len(body))
        directory += name
        body += b'PK\3\4' + struct.pack('<H', 20) + fixed + name + data
        count += 1
    end = b'PK\5\6' + struct.pack('<HHHHIIH', 0, 0, count, count, len(directory), len(body), 0)
    return body + directory + end + trailer


VALID = PackWriter().write_payload()
VALID_FILES = VALID.bag()
VALID_ZIP = zip_of(sorted(VALID_FILES.items()))


class PackCase(unittest.TestCase):
    """A folder of its own for each test."""

    def setUp(self) -> None:
        self.folder = tempfile.mkdtemp(prefix='pack-', dir=MEMORY)
        self.addCleanup(shutil.rmtree, self.folder, True)

    def write(self, files: Dict[str, bytes], name: str = 'pack') -> str:
        root = os.path.join(self.folder, name)
        shutil.rmtree(root, True)
        for path, data in files.items():
            target = os.path.join(root, path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, 'wb') as file:
                file.write(data)
        return root

    def write_zip(self, data: bytes) -> str:
        path = os.path.join(self.folder, 'pack.zip')
        with open(path, 'wb') as file:
            file.write(data)
        return path

    def found(self, path: str, key: Optional[str] = None) -> List[Tuple[str, str]]:
        report = verify.verify_pack(path, key)
        self.assertEqual(report['ok'], not report['findings'])
        self.assertEqual(bool(report['proved']), report['ok'])
        return [(finding['code'], finding['file']) for finding in report['findings']]

    def found_in(self, files: Dict[str, bytes], key: Optional[str] = None) -> List[Tuple[str, str]]:
        return self.found(self.write(files), key)

    def assert_forgery(self, change: Callable[[PackWriter], Any], *expected: Tuple[str, str]) -> None:
        """A payload changed by somebody who then bags and signs it as the exporter does."""
        writer = copy.deepcopy(VALID)
        change(writer)
        self.assertEqual(self.found_in(writer.bag()), sorted(expected, key=lambda pair: (pair[1], pair[0])))

    def assert_story(self, change: Callable[[List[Dict[str, Any]]], Any], *expected: Tuple[str, str]) -> None:
        """A ledger whose entries tell another story, packed by the book."""
        entries = the_entries()
        change(entries)
        files = PackWriter(entries).write_payload().bag()
        self.assertEqual(self.found_in(files), sorted(expected, key=lambda pair: (pair[1], pair[0])))


def entry_file(seq: int) -> str:
    return 'data/entries/%08d.json' % seq


def proof_file(seq: int) -> str:
    return 'data/proofs/%08d.tlog-proof' % seq


class PublishedVectors(unittest.TestCase):
    # RFC 8032, section 7.1, tests 1 to 3: secret key, public key, message, signature
    ED25519 = [
        ('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
         'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', '',
         'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555'
         'fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b'),
        ('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
         '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c', '72',
         '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da0'
         '85ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00'),
        ('c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
         'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025', 'af82',
         '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac1'
         '8ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a'),
    ]

    def test_ed25519_accepts_the_vectors_of_rfc_8032_and_nothing_near_them(self) -> None:
        for secret, public, message, signature in self.ED25519:
            key, text, made = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)
            self.assertTrue(verify.signature_holds(key, text, made))
            self.assertEqual(Key('x', bytes.fromhex(secret)).sign(text), made)
            self.assertFalse(verify.signature_holds(key, text + b'.', made))
            for at in (0, 31, 32, 63):
                flipped = bytearray(made)
                flipped[at] ^= 1
                self.assertFalse(verify.signature_holds(key, text, bytes(flipped)))

    def test_ed25519_rejects_an_s_that_is_not_reduced(self) -> None:
        _, public, message, signature = self.ED25519[0]
        made = bytes.fromhex(signature)
        larger = (int.from_bytes(made[32:], 'little') + ORDER).to_bytes(32, 'little')
        self.assertFalse(verify.signature_holds(bytes.fromhex(public), bytes.fromhex(message), made[:32] + larger))

    def test_ed25519_rejects_keys_of_small_order_and_encodings_that_are_not_canonical(self) -> None:
        order_8 = bytes.fromhex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05')
        small = [bytes([1]) + bytes(31), (Q - 1).to_bytes(32, 'little'), bytes(32), order_8]
        not_canonical = [(Q + 1).to_bytes(32, 'little'), b'\xff' * 32, bytes([1]) + bytes(30) + b'\x80']
        for public in small + not_canonical:
            for s in range(4):  # S*B - h*A is S*B for the neutral element, whatever h
                self.assertFalse(verify.signature_holds(public, b'anything', times(s) + s.to_bytes(32, 'little')))

    def test_ed25519_agrees_with_the_signer_of_this_file(self) -> None:
        for n in range(20):
            key, message = Key('key %d' % n), b'message' * n
            signature = key.sign(message)
            self.assertTrue(verify.signature_holds(key.public, message, signature))
            self.assertFalse(verify.signature_holds(key.public, message + b'!', signature))

    # RFC 6962: the test tree of certificate-transparency
    LEAVES = [bytes.fromhex(text) for text in ('', '00', '10', '2021', '3031', '40414243', '5051525354555657',
                                               '606162636465666768696a6b6c6d6e6f')]
    ROOTS = ['6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
             'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
             'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
             'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
             '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
             '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
             'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
             '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328']

    def test_merkle_proofs_lead_to_the_roots_of_the_published_tree(self) -> None:
        for size in range(1, 9):
            leaves = self.LEAVES[:size]
            for index, leaf in enumerate(leaves):
                path = tree_path(leaves, index)
                root = verify.root_from_proof(verify.leaf_hash(leaf), index, size, path)
                self.assertEqual(root.hex(), self.ROOTS[size - 1])
                for wrong in (path + [bytes(32)], path[:-1] if path else [bytes(32)]):
                    try:
                        other = verify.root_from_proof(verify.leaf_hash(leaf), index, size, wrong)
                        self.assertNotEqual(other.hex(), self.ROOTS[size - 1])
                    except verify.Invalid:
                        pass
        with self.assertRaises(verify.Invalid):
            verify.root_from_proof(bytes(32), 8, 8, [])

    def test_merkle_proof_of_the_published_tree_is_the_published_one(self) -> None:
        path = [bytes.fromhex(text) for text in (
            '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
            '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
            '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4')]
        root = verify.root_from_proof(verify.leaf_hash(self.LEAVES[0]), 0, 8, path)
        self.assertEqual(root.hex(), self.ROOTS[7])

    def test_a_verifier_key_and_a_note_of_the_go_library_are_accepted(self) -> None:
        key = verify.parse_verifier_key('example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k')
        blob = base64.b64decode('Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1'
                                'Yu72IneyaQM=')
        self.assertEqual(blob[:4].hex(), '530d903a')
        self.assertTrue(verify.signature_holds(key.public, b'This is an example message.\n', blob[4:]))
        for wrong in ('example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k', 'x', '', 'a+b+c'):
            with self.assertRaises(verify.Invalid):
                verify.parse_verifier_key(wrong)

    def test_numbers_are_printed_as_rfc_8785_appendix_b_prints_them(self) -> None:
        for bits, text in (
            ('0000000000000000', '0'), ('8000000000000000', '0'), ('0000000000000001', '5e-324'),
            ('7fefffffffffffff', '1.7976931348623157e+308'), ('4340000000000000', '9007199254740992'),
            ('4430000000000000', '295147905179352830000'), ('44b52d02c7e14af5', '9.999999999999997e+22'),
            ('44b52d02c7e14af6', '1e+23'), ('444b1ae4d6e2ef4e', '999999999999999700000'),
            ('444b1ae4d6e2ef50', '1e+21'), ('3eb0c6f7a0b5ed8c', '9.999999999999997e-7'),
            ('3eb0c6f7a0b5ed8d', '0.000001'), ('41b3de4355555553', '333333333.3333332'),
            ('becbf647612f3696', '-0.0000033333333333333333'), ('43143ff3c1cb0959', '1424953923781206.2'),
        ):
            self.assertEqual(verify.number_text(struct.unpack('>d', bytes.fromhex(bits))[0]), text)

    def test_members_are_sorted_by_utf_16_code_units_as_in_rfc_8785(self) -> None:
        text = '{"\\r":1,"1":2,"\u0080":3,"\u00f6":4,"\u20ac":5,"\U0001f600":6,"\ufb33":7}'
        self.assertEqual(verify.parse_jcs(text.encode())['\ufb33'], 7)
        with self.assertRaises(verify.Invalid):  # sorted by code point instead
            verify.parse_jcs('{"\ufb33":7,"\U0001f600":6}'.encode())


class Encoding(unittest.TestCase):
    def test_jcs_refuses_every_second_way_to_write_a_value(self) -> None:
        for text in ('{"a":1,"a":1}', '{"b":1,"a":2}', '{ "a":1}', '{"a":1}\n', '[1.0]', '[1e2]', '[-0]', '[0.5]',
                     '["\\u0041"]', '["\\/"]', '["\\ud800"]', '[9007199254740992]', '[1' + '0' * 5000 + ']', '[NaN]',
                     '[Infinity]', '\ufeff[]', '["\x01"]', "['a']", '[1,]', '', '[01]', '[] []', '["\\u000A"]',
                     '[' * 65 + ']' * 65, '[' * 100_000, '{"a":' * 100_000):
            with self.subTest(text[:30]), self.assertRaises(verify.Invalid):
                verify.parse_jcs(text.encode())
        for data in (b'"\xff"', b'"\xed\xa0\x80"', b'"\xc0\x80"', b'\xef\xbb\xbf[]'):
            with self.subTest(data), self.assertRaises(verify.Invalid):
                verify.parse_jcs(data)
        for text in ('{}', '[]', '"\u007f\\u001f\\n\\""', '-9007199254740991', 'null', '[' * 64 + ']' * 64):
            verify.parse_jcs(text.encode())

    def test_json_with_too_many_values_is_refused_before_it_is_parsed(self) -> None:
        with self.assertRaises(verify.Invalid):
            verify.parse_json(b'[' + b'[],' * 5_000_000 + b'[]]')

    def test_base64_has_one_form(self) -> None:
        self.assertEqual(verify.decode_base64('AAE='), b'\0\1')
        for text in ('AAE', 'AAF=', 'AA E=', 'AAE=\n', 'AAE==', '-_8=', 'AAE=AAE=', 'é'):
            with self.subTest(text), self.assertRaises(verify.Invalid):
                verify.decode_base64(text)

    def test_pointers_follow_rfc_6901(self) -> None:
        value = {'a/b': [10, {'m~n': 2}], '': 3, '01': 4}
        for pointer, expected in (('/a~1b/0', 10), ('/a~1b/1/m~0n', 2), ('/', 3), ('/01', 4), ('', value)):
            self.assertEqual(verify.resolve_pointer(value, pointer), expected)
        for pointer in ('a', '/a~1b/-', '/a~1b/00', '/a~1b/2', '/a~1b/-1', '/~2', '/~', '/x', '/a~1b/0/0', '/a~1b/١'):
            with self.subTest(pointer), self.assertRaises(verify.Invalid):
                verify.resolve_pointer(value, pointer)


class ValidPacks(PackCase):
    def test_a_valid_folder_passes_and_says_what_it_proves(self) -> None:
        report = verify.verify_pack(self.write(VALID_FILES))
        self.assertEqual(report['findings'], [])
        self.assertEqual(report['proved'], list(verify.PROVED) + ['duties-apart'])
        self.assertEqual(report['notProved'], list(verify.NOT_PROVED) + ['frameworks-as-shipped', 'log-key-owner'])
        self.assertEqual(report['counts'], {'files': len(VALID_FILES), 'entries': 13, 'proofs': 13, 'facts': 7,
                                            'claims': 6, 'documents': 2})
        self.assertEqual(report['claims']['act'], {'supported': 1, 'partial': 1, 'missing': 1, 'not-applicable': 1,
                                                   'not-yet': 1})
        self.assertEqual((report['pack'], report['origin'], report['treeSize']), ('pack-1', ORIGIN, 14))
        self.assertEqual((report['logKey'], report['exporter']), (LOG.text, CLEO.name))

    def test_the_same_pack_as_a_zip_gives_the_same_report(self) -> None:
        folder = verify.verify_pack(self.write(VALID_FILES))
        self.assertEqual(verify.verify_pack(self.write_zip(VALID_ZIP)), folder)

    def test_a_pinned_log_key_is_proved_if_it_is_the_log_key(self) -> None:
        report = verify.verify_pack(self.write(VALID_FILES), LOG.text)
        self.assertEqual((report['proved'][-1], report['notProved'][-1]), ('log-key-pinned', 'frameworks-as-shipped'))
        other = Key(ORIGIN, b'another ledger of the same name')
        self.assertEqual(self.found_in(VALID_FILES, other.text), [('key-not-pinned', 'data/checkpoint.txt')])

    def test_a_ledger_of_any_size_passes(self) -> None:
        for extra in range(1, 6):
            entries = the_entries() + [{'who': 'bea', 'action': 'run.started', 'detail': {'run': 2}}] * extra
            with self.subTest(extra):
                self.assertEqual(self.found(self.write(PackWriter(entries).write_payload().bag(), str(extra))), [])



class FlippedBytes(PackCase):
    def test_a_flipped_byte_in_any_file_is_found_in_that_file(self) -> None:
        root = self.write(VALID_FILES)
        for path, data in sorted(VALID_FILES.items()):
            expected = 'pack-signature-invalid' if path == 'signature.dsse.json' else 'digest-mismatch'
            for at in sorted({0, len(data) - 1, *range(0, len(data), max(1, len(data) // 5))}):
                flipped = bytearray(data)
                flipped[at] ^= 1
                with open(os.path.join(root, path), 'wb') as file:
                    file.write(flipped)
                found = self.found(root)
                self.assertIn((expected, path), found, '%s, byte %d' % (path, at))
                if path not in ('tagmanifest-sha256.txt', 'manifest-sha256.txt'):
                    self.assertEqual(len(found), 1, (path, at, found))
            with open(os.path.join(root, path), 'wb') as file:
                file.write(data)

    def test_a_flipped_byte_anywhere_in_the_zip_is_found_in_the_zip(self) -> None:
        step = max(1, len(VALID_ZIP) // 120)
        tail = len(VALID_ZIP) - VALID_ZIP.rindex(b'PK\5\6')
        places = {*range(0, len(VALID_ZIP), step), *range(110), *range(len(VALID_ZIP) - tail, len(VALID_ZIP))}
        first = VALID_ZIP.index(b'PK\1\2')
        for at in sorted(places | {*range(first, first + 60)}):
            flipped = bytearray(VALID_ZIP)
            flipped[at] ^= 1
            self.assertIn(('container-altered', 'pack.zip'), self.found(self.write_zip(bytes(flipped))), at)

    def test_a_truncated_file_and_an_emptied_file_are_found(self) -> None:
        for path, data in VALID_FILES.items():
            for cut in (b'', data[:-1]) if path < 'data/proofs' else (data[:-1],):
                found = self.found_in(dict(VALID_FILES, **{path: cut}))
                self.assertIn(path, [file for _, file in found])


class Names(PackCase):
    def test_a_removed_file_is_missing(self) -> None:
        for path in VALID_FILES:
            files = {name: data for name, data in VALID_FILES.items() if name != path}
            with self.subTest(path):
                self.assertIn(('file-missing', path), self.found(self.write(files, sha(path.encode()))))

    def test_an_extra_file_an_empty_folder_and_a_look_alike_are_found(self) -> None:
        for path, code in (('extra.txt', 'file-unlisted'), ('data/extra.txt', 'file-unlisted'),
                           ('data/entries/00000005.json', 'file-unlisted'), ('.hidden', 'file-unlisted'),
                           ('data/p\u0430ck.json', 'path-invalid'), ('data/a b', 'path-invalid'),
                           ('data/' + 'x' * 200, 'path-invalid')):
            with self.subTest(path):
                found = self.found(self.write(dict(VALID_FILES, **{path: b'x'}), sha(path.encode())))
                self.assertEqual(found, [(code, path)])
        root = self.write(VALID_FILES)
        os.makedirs(os.path.join(root, 'data', 'empty'))
        self.assertEqual(self.found(root), [('file-unlisted', 'data/empty')])

    def test_a_listed_file_that_has_no_place_in_a_pack_is_found(self) -> None:
        def add(writer: PackWriter) -> None:
            writer.payload['data/entries/5.json'] = b'{}'
        self.assert_forgery(add, ('file-unlisted', 'data/entries/5.json'))

    @unittest.skipUnless(hasattr(os, 'symlink') and hasattr(os, 'mkfifo'), 'needs a file system with links and pipes')
    def test_links_and_pipes_are_not_followed_or_opened(self) -> None:
        root = self.write(VALID_FILES)
        os.symlink('/etc', os.path.join(root, 'data', 'link'))
        os.mkfifo(os.path.join(root, 'pipe'))
        self.assertEqual(self.found(root), [('path-invalid', 'data/link'), ('path-invalid', 'pipe')])
        os.remove(os.path.join(root, 'pipe'))
        os.remove(os.path.join(root, 'data', 'link'))
        os.rename(os.path.join(root, 'README.txt'), os.path.join(self.folder, 'README.txt'))
        os.symlink(os.path.join(self.folder, 'README.txt'), os.path.join(root, 'README.txt'))
        self.assertEqual(self.found(root), [('path-invalid', 'README.txt')])

    def test_a_name_that_is_not_utf_8_is_a_finding(self) -> None:
        root = self.write(VALID_FILES)
        try:
            with open(os.path.join(os.fsencode(root), b'bad\xff\x1b'), 'wb') as file:
                file.write(b'x')
        except OSError:
            self.skipTest('this file system takes only UTF-8 names')
        self.assertEqual(self.found(root), [('path-invalid', 'bad\ufffd\x1b')])
        self.assertNotIn('\x1b', verify.report_text(verify.verify_pack(root)))


class Zips(PackCase):
    def zip_found(self, files: List[Tuple[str, bytes]], trailer: bytes = b'') -> List[Tuple[str, str]]:
        return self.found(self.write_zip(zip_of(files, trailer)))

    def test_a_zip_slip_name_is_a_finding_and_nothing_is_written(self) -> None:
        for path in ('../evil.txt', '/etc/evil', 'data/../evil', 'data//x', 'data\\x', 'C:evil', 'data/'):
            with self.subTest(path):
                found = self.zip_found(sorted([*VALID_FILES.items(), (path, b'x')]))
                self.assertEqual(found, [('path-invalid', path)])
        self.assertEqual(os.listdir(self.folder), ['pack.zip'])

    def test_a_zip_with_another_layout_is_altered(self) -> None:
        altered = [('container-altered', 'pack.zip')]
        files = sorted(VALID_FILES.items())
        self.assertEqual(self.zip_found(files[::-1]), altered)
        self.assertEqual(self.zip_found(files + [files[-1]]), altered)
        self.assertEqual(self.zip_found([files[0]] + files), altered)
        self.assertEqual(self.zip_found(files, b'garbage'), altered)
        self.assertEqual(self.found(self.write_zip(b'garbage' + VALID_ZIP)), altered)
        gap = VALID_ZIP.index(b'PK\1\2')
        self.assertEqual(self.found(self.write_zip(VALID_ZIP[:gap] + b'hidden' + VALID_ZIP[gap:])), altered)
        self.assertEqual(self.found(self.write_zip(b'')), altered)
        self.assertEqual(self.found(self.write_zip(b'no zip at all' * 10)), altered)

    def test_a_zip_that_other_software_packed_again_is_altered(self) -> None:
        import zipfile
        for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, 'w', method) as again:
                for path, data in sorted(VALID_FILES.items()):
                    again.writestr(path, data)
            found = self.found(self.write_zip(packed.getvalue()))
            self.assertEqual(found, [('container-altered', 'pack.zip')])

    def test_a_zip_whose_records_all_point_at_one_place_is_refused(self) -> None:
        data = b'\0' * 1_000_000
        body = zip_of([('a', data)])
        first = body.index(b'PK\1\2')
        record = body[first:body.index(b'PK\5\6')]
        bomb = body[:first] + record * 60_000
        bomb += b'PK\5\6' + struct.pack('<HHHHIIH', 0, 0, 60_000, 60_000, len(record) * 60_000, first, 0)
        self.assertEqual(self.found(self.write_zip(bomb)), [('container-altered', 'pack.zip')])


class Bag(PackCase):
    def bag_found(self, path: str, change: Callable[[bytes], bytes]) -> List[Tuple[str, str]]:
        files = VALID.bag()
        files[path] = change(files[path])
        if path == 'tagmanifest-sha256.txt':
            statement = json.loads(base64.b64decode(json.loads(files['signature.dsse.json'])['payload']))
            statement['subject'][0]['digest']['sha256'] = sha(files[path])
            files['signature.dsse.json'] = seal(statement, 'application/vnd.in-toto+json', CLEO)
            return self.found_in(files)
        return self.found_in(sign_bag(files, CLEO, 14))

    def test_tag_files_of_another_form_are_invalid(self) -> None:
        def swapped(data: bytes) -> bytes:
            lines = data.splitlines(True)
            return b''.join([lines[1], lines[0]] + lines[2:])

        for path, change in (
            ('bagit.txt', lambda data: data.replace(b'1.0', b'0.97')),
            ('bagit.txt', lambda data: data + b'\n'),
            ('bag-info.txt', lambda data: data.replace(b'Oxum: ', b'Oxum: 1')),
            ('bag-info.txt', lambda data: data + b'Contact-Name: x\n'),
            ('bag-info.txt', swapped),
            ('manifest-sha256.txt', swapped),
            ('manifest-sha256.txt', lambda data: data[:-1]),
            ('manifest-sha256.txt', lambda data: data.replace(b'  ', b' *')),
            ('manifest-sha256.txt', lambda data: data.upper()),
            ('manifest-sha256.txt', lambda data: b'0' * 64 + b'  data/../x\n' + data),
            ('tagmanifest-sha256.txt', swapped),
            ('tagmanifest-sha256.txt', lambda data: data.replace(b'\n', b'\r\n')),
        ):
            with self.subTest(path):
                self.assertEqual(self.bag_found(path, change), [('bag-invalid', path)])

    def test_the_pack_must_be_signed_by_a_known_exporter(self) -> None:
        invalid = [('pack-signature-invalid', 'signature.dsse.json')]
        self.assertEqual(self.found_in(VALID.bag(signer=MALLORY)), invalid)
        self.assertEqual(self.found_in(VALID.bag(signer=BEA)), invalid)
        self.assertEqual(self.found_in(VALID.bag(treeSize=12)), invalid)
        self.assertEqual(self.found_in(VALID.bag(origin='other.example')), invalid)
        imposter = Key(CLEO.name, b'the name of the exporter, another key')
        self.assertEqual(self.found_in(VALID.bag(signer=imposter)), invalid)

    def test_the_exporter_is_approver_or_auditor_and_named_where_the_author(self) -> None:
        for exporter in (BEA, ADA, ROBOT):
            writer = PackWriter()
            writer.exporter = exporter
            self.assertEqual(self.found_in(writer.write_payload().bag()),
                             [('pack-signature-invalid', 'signature.dsse.json')])
        entries = the_entries()
        entries[2]['detail']['roles'].append('auditor')
        writer = PackWriter(entries)
        writer.exporter = BEA
        report = verify.verify_pack(self.write(writer.write_payload().bag()))
        self.assertEqual((report['findings'], report['notProved'][-1]), ([], 'exporter-not-author'))
        self.assertIn(BEA.name + ', the author of the version', verify.report_text(report))

    def test_the_project_is_as_its_last_entry_describes_it(self) -> None:
        wrong = ('format-invalid', 'data/pack.json')
        self.assert_forgery(lambda w: w.edit('data/pack.json', lambda p: p['project'].update(name='Films')), wrong)
        self.assert_story(lambda entries: entries[13]['detail'].update(annexIII='none'), wrong)
        self.assert_story(lambda entries: entries.pop(13), wrong)
        self.assert_story(lambda entries: entries.append(dict(entries[13], detail={'project': 'other'})))

    def test_an_exporter_whose_key_has_ended_cannot_sign(self) -> None:
        gone = {'who': 'ada', 'action': 'person.deactivated', 'detail': {'person': person(CLEO)}}
        self.assert_story(lambda entries: entries.append(gone), ('pack-signature-invalid', 'signature.dsse.json'))

    def test_a_signature_over_another_tag_manifest_is_invalid(self) -> None:
        files = dict(VALID_FILES)
        files['README.txt'] = b'Another text.\n'
        signature = files['signature.dsse.json']
        files = dict(sign_bag(files, CLEO, 14))
        files['signature.dsse.json'] = signature
        self.assertEqual(self.found_in(files), [('pack-signature-invalid', 'signature.dsse.json'),
                                                ('digest-mismatch', 'tagmanifest-sha256.txt')])


class Checkpoints(PackCase):
    def checkpoint_found(self, change: Callable[[str], str]) -> List[Tuple[str, str]]:
        """Change the checkpoint, in every proof as well."""
        writer = copy.deepcopy(VALID)
        old = writer.payload['data/checkpoint.txt']
        new = change(old.decode()).encode()
        for path in [path for path in writer.payload if path.endswith('.tlog-proof')] + ['data/checkpoint.txt']:
            writer.payload[path] = writer.payload[path].replace(old, new)
        return self.found_in(writer.bag())

    def test_a_checkpoint_that_the_log_key_did_not_sign_is_invalid(self) -> None:
        def resigned(text: str, key: Key) -> str:
            body = text[:text.index('\n\n') + 1]
            return body + '\n\u2014 %s %s\n' % (key.name, b64(key.hash + key.sign(body.encode())))

        own = Key(ORIGIN, b'an attacker')
        line = '\u2014 %s %s\n' % (LOG.name, b64(LOG.hash + bytes(64)))
        log_line = '\u2014 ' + LOG.name
        for change in (
            lambda text: resigned(text, own),
            lambda text: resigned(text, ROBOT),
            lambda text: text + line,
            lambda text: text.replace(log_line, '\u2014 x'),
            lambda text: text[:text.index('\n\n') + 1],
            lambda text: resigned(text.replace('\n14\n', '\n014\n'), LOG),
            lambda text: resigned(text.replace('=\n\n', '=\nextension\n\n'), LOG),
            lambda text: resigned(text.replace(ORIGIN + '\n', 'other.example\n'), LOG),
            lambda text: text.replace('\u2014', '-'),
            lambda text: text[:-1],
            lambda text: text.replace('\n\n', '\n\r\n'),
        ):
            self.assertIn(('checkpoint-invalid', 'data/checkpoint.txt'), self.checkpoint_found(change))

    def test_signatures_of_witnesses_are_not_looked_at(self) -> None:
        line = '\u2014 other.example %s\n' % b64(b'abcd' + bytes(64))
        self.assertEqual(self.checkpoint_found(lambda text: text + line), [])

    def test_a_checkpoint_of_another_tree_is_invalid(self) -> None:
        shorter = PackWriter(the_entries()[:-1]).write_payload().payload['data/checkpoint.txt']
        found = self.checkpoint_found(lambda text: shorter.decode())
        self.assertIn(('checkpoint-invalid', 'data/checkpoint.txt'), found)
        self.assertIn(('proof-invalid', proof_file(12)), found)


class Entries(PackCase):
    def test_an_entry_of_another_form_is_invalid(self) -> None:
        invalid = ('entry-invalid', entry_file(8))
        facts = ('fact-invalid', 'data/facts.json')
        for override in ({'v': 2}, {'v': '1'}, {'origin': 'other.example'}, {'seq': 7}, {'actor': BEA.name},
                         {'time': 'yesterday'}, {'extra': 1}, {'subject': [{'name': 'x'}]}, {'commitments': {'a': 'b'}},
                         {'seen': {'size': 9, 'root': b64(bytes(32))}}, {'seen': {'size': 8, 'root': ''}},
                         {'action': 'ledger.created'}, {'detail': []}):
            def change(entries: List[Dict[str, Any]]) -> None:
                entries[8]['override'] = override
            with self.subTest(override):
                found = self.story_found(change)
                self.assertIn(invalid, found)
                self.assertIn(facts, found)

    def story_found(self, change: Callable[[List[Dict[str, Any]]], Any]) -> List[Tuple[str, str]]:
        entries = the_entries()
        change(entries)
        return self.found_in(PackWriter(entries).write_payload().bag())

    def test_a_wrong_signature_and_an_unknown_key_are_found(self) -> None:
        self.assert_story(lambda e: e[7].update(unsigned=True), ('signature-invalid', entry_file(7)))
        self.assert_story(lambda e: e[6].update(who='mallory'), ('key-unknown', entry_file(6)),
                          ('order-invalid', entry_file(7)), ('order-invalid', entry_file(8)), *Gates.BROKEN)
        imposter = Key(ROBOT.name, b'not the orchestrator')
        self.assert_story(lambda e: e[7].update(signer=imposter), ('key-unknown', entry_file(7)))
        self.assert_story(lambda e: e[7].update(signer=imposter, keyid=ROBOT.keyid),
                          ('signature-invalid', entry_file(7)))

    def test_a_key_is_valid_only_after_its_enrolment_and_until_its_end(self) -> None:
        early = {'who': 'cleo', 'action': 'session.opened', 'detail': {}}
        self.assertIn(('key-unknown', entry_file(3)), self.story_found(lambda e: e.insert(3, early)))
        ended = {'who': 'ada', 'action': 'person.deactivated', 'detail': {'person': person(BEA)}}
        self.assert_story(lambda e: e.extend([ended, {'who': 'bea', 'action': 'session.opened', 'detail': {}}]),
                          ('key-unknown', entry_file(15)))

    def test_an_entry_as_the_log_key_or_the_wrong_type_of_envelope_is_invalid(self) -> None:
        def retyped(writer: PackWriter) -> None:
            writer.edit(entry_file(7), lambda value: value.update(payloadType='text/plain'))
        self.assert_forgery(retyped, ('entry-invalid', entry_file(7)), ('proof-invalid', proof_file(7)))

        def signed_twice(writer: PackWriter) -> None:
            writer.edit(entry_file(7), lambda value: value['signatures'].append(value['signatures'][0]))
        self.assert_forgery(signed_twice, ('entry-invalid', entry_file(7)), ('proof-invalid', proof_file(7)))

    def test_an_entry_that_is_too_large_is_invalid(self) -> None:
        self.assert_story(lambda e: e.append({'who': 'bea', 'action': 'run.started', 'detail': {'x': 'y' * 65_535}}),
                          ('entry-invalid', entry_file(14)))

    def test_an_edited_entry_with_a_new_signature_is_not_in_the_tree(self) -> None:
        def rewrite(writer: PackWriter) -> None:
            entry = dict(the_entries()[7], detail={'run': 1, 'stage': 'train', 'attempt': 2})
            writer.payload[entry_file(7)] = writer.leaf(7, entry)
        self.assert_forgery(rewrite, ('proof-invalid', proof_file(7)))

    def test_swapped_and_foreign_proofs_are_invalid(self) -> None:
        def swap(writer: PackWriter) -> None:
            one, two = proof_file(7), proof_file(8)
            writer.payload[one], writer.payload[two] = writer.payload[two], writer.payload[one]
        self.assert_forgery(swap, ('proof-invalid', proof_file(7)), ('proof-invalid', proof_file(8)))

        def renumber(writer: PackWriter) -> None:
            swap(writer)
            for seq, other in ((7, 8), (8, 7)):
                data = writer.payload[proof_file(seq)]
                writer.payload[proof_file(seq)] = data.replace(b'index %d\n' % other, b'index %d\n' % seq)
        self.assert_forgery(renumber, ('proof-invalid', proof_file(7)), ('proof-invalid', proof_file(8)))

        def of_no_entry(writer: PackWriter) -> None:
            writer.payload[proof_file(5)] = writer.payload[proof_file(7)]
        self.assert_forgery(of_no_entry, ('proof-invalid', proof_file(5)))

        def absent(writer: PackWriter) -> None:
            del writer.payload[proof_file(7)]
        self.assert_forgery(absent, ('file-missing', proof_file(7)))

    def test_an_entry_left_out_without_saying_so_is_found(self) -> None:
        def remove(writer: PackWriter) -> None:
            del writer.payload[entry_file(2)], writer.payload[proof_file(2)]
        writer = copy.deepcopy(VALID)
        remove(writer)
        self.assertIn(('omissions-invalid', 'data/omissions.json'), self.found_in(writer.bag()))

    def test_omissions_that_do_not_add_up_are_invalid(self) -> None:
        def change(member: str, value: Any) -> Callable[[PackWriter], None]:
            return lambda writer: writer.edit('data/omissions.json', lambda found: found.update({member: value}))
        invalid = ('omissions-invalid', 'data/omissions.json')
        at_5 = {'from': 5, 'to': 5, 'reason': 'session'}
        for edit in (change('treeSize', 12), change('included', 11), change('omitted', []),
                     change('omitted', [dict(at_5, reason='shame')]), change('omitted', [dict(at_5, to=6)]),
                     change('omitted', [dict(at_5, to=4)]), change('omitted', [at_5, at_5]),
                     change('omitted', [at_5, dict(at_5, **{'from': 14, 'to': 2**53 - 1})])):
            self.assert_forgery(edit, invalid)

    def test_a_pack_without_entry_0_is_rejected(self) -> None:
        writer = PackWriter()
        writer.omitted[0] = 'not-in-scope'
        found = self.found_in(writer.write_payload().bag())
        self.assertIn(('omissions-invalid', 'data/omissions.json'), found)
        self.assertIn(('checkpoint-invalid', 'data/checkpoint.txt'), found)


class Authority(PackCase):
    def test_the_author_cannot_approve(self) -> None:
        def both_roles(entries: List[Dict[str, Any]]) -> None:
            entries[2]['detail']['roles'].append('approver')
            entries[11]['who'] = 'bea'
        self.assert_story(both_roles, ('authority-invalid', entry_file(11)), ('order-invalid', entry_file(12)))

        def rejects(entries: List[Dict[str, Any]]) -> None:
            both_roles(entries)
            entries[11]['action'] = 'model.promotion.rejected'
            entries.pop(12)
        self.assert_story(rejects, ('authority-invalid', entry_file(11)))

    def test_an_approver_needs_the_role_at_that_position(self) -> None:
        broken = ('authority-invalid', entry_file(11)), ('order-invalid', entry_file(12))
        self.assert_story(lambda e: e[4]['detail'].update(roles=['auditor']), *broken)
        self.assert_story(lambda e: e[11].update(who='ada'), *broken)

        def role_comes_later(entries: List[Dict[str, Any]]) -> None:
            late = copy.deepcopy(entries[4])
            entries[4]['detail']['roles'] = ['auditor']
            entries.append(late)
        self.assert_story(role_comes_later, *broken)

    def test_an_approval_must_name_the_request_that_it_grants(self) -> None:
        broken = ('authority-invalid', entry_file(11)), ('order-invalid', entry_file(12))
        for request in (9, 11, 12, 99, '10', None, True):
            self.assert_story(lambda e, r=request: e[11]['detail'].update(request=r), *broken)
        judged = ('gate-invalid', entry_file(10))
        self.assert_story(lambda e: e[10]['detail'].update(to='production'), judged, *broken)
        self.assert_story(lambda e: e[10]['detail'].update(to='production', conditions=[]), *broken)
        self.assert_story(lambda e: e[10]['detail'].update(version=2), judged, *broken)

    def test_an_approval_of_a_version_without_known_author_proves_nothing(self) -> None:
        self.assert_story(lambda e: e[9]['detail'].update(version=2), ('gate-invalid', entry_file(10)),
                          ('authority-invalid', entry_file(11)), ('order-invalid', entry_file(12)), ('format-invalid', 'data/pack.json'))

    def test_only_administrators_change_who_may_do_what(self) -> None:
        self.assert_story(lambda e: e[4].update(who='bea'), ('authority-invalid', entry_file(4)),
                          ('authority-invalid', entry_file(11)), ('order-invalid', entry_file(12)))
        mallory = {'who': 'robot', 'action': 'person.enrolled',
                   'detail': {'person': person(MALLORY), 'roles': ['approver'], 'key': MALLORY.text}}
        self.assert_story(lambda e: e.append(mallory), ('authority-invalid', entry_file(14)))
        self.assert_story(lambda e: e.extend([mallory, {'who': 'mallory', 'action': 'session.opened', 'detail': {}}]),
                          ('authority-invalid', entry_file(14)), ('key-unknown', entry_file(15)))
        nobody = {'who': 'ada', 'action': 'person.deactivated', 'detail': {'person': 'p-99999999'}}
        self.assert_story(lambda e: e.append(nobody), ('authority-invalid', entry_file(14)))

    def test_a_key_under_a_name_that_is_not_its_own_is_invalid(self) -> None:
        self.assert_story(lambda e: e.append({'who': 'ada', 'action': 'person.enrolled',
                                              'detail': {'person': 'p-12345678', 'roles': [], 'key': MALLORY.text}}),
                          ('entry-invalid', entry_file(14)))


class Gates(PackCase):
    BROKEN = ('gate-invalid', entry_file(10)), ('authority-invalid', entry_file(11)), ('order-invalid', entry_file(12))

    def test_a_request_was_judged_by_the_gate_of_its_run(self) -> None:
        auc, ece = the_entries()[10]['detail']['conditions']
        for change in ({'conditions': []}, {'conditions': [auc]}, {'conditions': [dict(auc, threshold='0.1'), ece]},
                       {'conditions': None}, {'conditions': [dict(auc, met='no'), ece]}, {'approvals': 2},
                       {'approvals': True}, {'gateEntry': 7}, {'gateEntry': 99}, {'gateEntry': None}):
            self.assert_story(lambda e, c=change: e[10]['detail'].update(c), *self.BROKEN)
        self.assert_story(lambda e: e[6]['detail'].update(gates=[]), *self.BROKEN)
        self.assert_story(lambda e: e[6]['detail']['gates'][0].update(model='decoy'), *self.BROKEN)
        self.assert_story(lambda e: e[9]['detail'].update(run=2), *self.BROKEN)

    def test_a_request_was_judged_by_what_its_run_recorded_once(self) -> None:
        auc, ece = the_entries()[10]['detail']['conditions']
        for judged in ([dict(auc, value='0.9'), ece], [auc, dict(ece, value='0.050')]):
            self.assert_story(lambda e, c=judged: e[10]['detail'].update(conditions=c), *self.BROKEN)
        for metrics in ({'auc': '0.8125'}, {'ece': '0.05'}, {'auc': '0.8125', 'ece': '0.05', 'train.ece': '0'}, [], None):
            self.assert_story(lambda e, m=metrics: e[8]['detail'].update(metrics=m), *self.BROKEN)
        self.assert_story(lambda e: e[8]['detail'].update(metrics={'train.auc': '1', 'auc': '0.8125', 'train.ece': '0.05'}))

    def test_a_condition_is_met_to_the_last_digit(self) -> None:
        def limited(threshold: str) -> Callable[[List[Dict[str, Any]]], None]:
            def change(entries: List[Dict[str, Any]]) -> None:
                auc = dict(AUC, threshold=threshold)
                entries[6]['detail']['gates'][0]['gates'][0]['conditions'] = [auc]
                entries[10]['detail']['conditions'] = [dict(auc, value='0.8125', met='yes')]
            return change
        for met in ('0.8125', '-1' + '0' * 5000, '0.8124' + '9' * 5000):
            self.assert_story(limited(met))
        for unmet in ('1' + '0' * 5000, '0.8125' + '0' * 5000 + '1', '0.80'):
            self.assert_story(limited(unmet), *self.BROKEN)

    def test_a_stage_change_has_as_many_approvals_as_its_request_asks_for(self) -> None:
        def two(entries: List[Dict[str, Any]]) -> None:
            entries[6]['detail']['gates'][0]['gates'][0]['approvals'] = 2
            entries[10]['detail']['approvals'] = 2
        self.assert_story(two, ('order-invalid', entry_file(12)))


class Order(PackCase):
    def test_a_stage_before_its_run_is_found(self) -> None:
        def swap(entries: List[Dict[str, Any]]) -> None:
            entries[6], entries[7] = entries[7], entries[6]
        entries = the_entries()
        swap(entries)
        found = self.found_in(PackWriter(entries).write_payload().bag())
        self.assertIn(('order-invalid', entry_file(6)), found)
        self.assert_story(lambda e: e[7]['detail'].update(run='1'), ('order-invalid', entry_file(7)))

    def test_a_stage_change_before_or_without_its_approval_is_found(self) -> None:
        def swap(entries: List[Dict[str, Any]]) -> None:
            entries[11], entries[12] = entries[12], entries[11]
        self.assert_story(swap, ('order-invalid', entry_file(11)))
        self.assert_story(lambda e: e[12]['detail'].update(to='production'), ('order-invalid', entry_file(12)))
        self.assert_story(lambda e: e[12]['detail'].update(to='archived'))
        self.assert_story(lambda e: e[11].update(action='model.promotion.rejected'), ('order-invalid', entry_file(12)))


class Statements(PackCase):
    """Facts, claims, documents, disclosures and the forms of the files that hold them."""

    def forged(self, path: str, change: Callable[[Any], Any], code: str) -> None:
        self.assert_forgery(lambda writer: writer.edit(path, change), (code, path))

    def test_a_fact_with_another_value_is_found(self) -> None:
        changes: List[Callable[[Any], Any]] = [
            lambda f: f[0].update(value='€ 6'), lambda f: f[1].update(value='815'), lambda f: f[1].update(value=816),
            lambda f: f[2].update(value='0.81250'), lambda f: f[3].update(value='0.0000001'),
            lambda f: f[4].update(value='1200'), lambda f: f[5].update(value=1), lambda f: f[5].update(value='false'),
            lambda f: f[1].update(pointer='/detail/nothing'), lambda f: f[1].update(pointer='detail'),
            lambda f: f[1].update(pointer='/detail'), lambda f: f[2].update(pointer='/by group'),
            lambda f: f[2].update(pointer='/seed', value=2**53 - 1), lambda f: f[1].update(entry=5),
            lambda f: f[1].update(entry=99), lambda f: f[2].update(entry=7), lambda f: f[2].update(document=sha(b'x')),
            lambda f: f[2].update(document=sha(REPORT)), lambda f: f.reverse(),
        ]
        for number, change in enumerate(changes):
            with self.subTest(number):
                self.forged('data/facts.json', change, 'fact-invalid')

    def test_claims_that_do_not_cover_the_rows_or_rest_on_nothing_are_found(self) -> None:
        changes: List[Callable[[Any], Any]] = [
            lambda c: c.pop(2) and None, lambda c: c.reverse(), lambda c: c.append(c[0]), lambda c: c.clear(),
            lambda c: c[0].update(obligation='A'), lambda c: c[0].update(framework='rmf'),
            lambda c: c[0].update(status='fulfilled'), lambda c: c[0].update(facts=[]), lambda c: c[1].update(facts=[]),
            lambda c: c[0].update(facts=['F0099']), lambda c: c[2].update(missing=[], facts=['F0001']),
            lambda c: c[3].update(text=' '), lambda c: c[5].update(framework='other'),
        ]
        for number, change in enumerate(changes):
            with self.subTest(number):
                self.forged('data/claims.json', change, 'claim-invalid')

    def test_files_without_their_members_or_their_form_are_invalid(self) -> None:
        changes: List[Tuple[str, Callable[[Any], Any]]] = [
            ('data/facts.json', lambda f: f[0].update(more=1)),
            ('data/facts.json', lambda f: f[0].pop('text') and None),
            ('data/facts.json', lambda f: f[0].update(value=True)), ('data/facts.json', lambda f: {}),
            ('data/facts.json', lambda f: f[0].update(id='1')), ('data/claims.json', lambda c: c[0].update(facts=[1])),
            ('data/claims.json', lambda c: c[0].pop('appliesFrom') and None),
            ('data/omissions.json', lambda o: o.update(treeSize='14')),
            ('data/omissions.json', lambda o: o.update(included=-1)),
            ('data/disclosures.json', lambda d: d[0].update(salt='0')),
            ('data/disclosures.json', lambda d: d[0].update(entry=True)),
            ('data/pack.json', lambda p: p.update(format='strongroom.dev/evidence-pack/v2')),
            ('data/pack.json', lambda p: p['frameworks'][0].update(sha256='0' * 64)),
            ('data/pack.json', lambda p: p['tree'].update(root='AAAA')),
            ('data/pack.json', lambda p: p['model'].pop('artifact') and None),
        ]
        for number, (path, change) in enumerate(changes):
            with self.subTest(number):
                self.forged(path, change, 'format-invalid')

        for path in ('data/facts.json', 'data/claims.json', 'data/omissions.json', 'data/disclosures.json'):
            def spaced(writer: PackWriter) -> None:
                writer.payload[path] += b'\n'
            self.assert_forgery(spaced, ('format-invalid', path))

    def test_a_framework_of_another_form_is_invalid(self) -> None:
        for text in (b'{"obligations":[],"obligations":[]}', b'{}', b'[]', b'{"items":[{"id":1,"assessable":true}]}',
                     b'x'):
            def change(writer: PackWriter) -> None:
                writer.payload['data/frameworks/rmf.json'] = text
                writer.edit('data/pack.json', lambda pack: pack['frameworks'][1].update(sha256=sha(text)))
            self.assert_forgery(change, ('format-invalid', 'data/frameworks/rmf.json'))

    def test_documents_are_named_by_entries_and_are_what_their_folder_says(self) -> None:
        metrics = 'data/documents/%s/metrics.json' % sha(METRICS)

        def stranger(writer: PackWriter) -> None:
            writer.payload['data/documents/%s/a.txt' % sha(b'a')] = b'a'
        self.assert_forgery(stranger, ('document-unproven', 'data/documents/%s/a.txt' % sha(b'a')))

        def better(writer: PackWriter) -> None:
            writer.payload[metrics] = METRICS.replace(b'0.8125', b'0.9999')
        self.assert_forgery(better, ('document-unproven', metrics), ('fact-invalid', 'data/facts.json'))

    def test_a_disclosure_that_is_not_the_committed_value_is_found(self) -> None:
        changes: List[Callable[[Any], Any]] = [
            lambda d: d[0].update(value='Ubung'), lambda d: d[0].update(salt='00' * 8),
            lambda d: d[0].update(field='x'),
            lambda d: d[0].update(entry=8), lambda d: d[0].update(entry=5),
        ]
        for change in changes:
            self.forged('data/disclosures.json', change, 'disclosure-invalid')


class Program(PackCase):
    def run_program(self, *arguments: str, program: str = 'verify.py') -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, os.path.join(HERE, program), *arguments]
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)

    def test_it_exits_0_for_a_valid_pack_and_1_with_findings(self) -> None:
        root = self.write(VALID_FILES)
        done = self.run_program(root, '--key', LOG.text)
        self.assertEqual((done.returncode, done.stderr), (0, b''))
        self.assertIn(b'No findings: all checks passed.', done.stdout)
        os.remove(os.path.join(root, 'README.txt'))
        done = self.run_program(root)
        self.assertEqual((done.returncode, done.stderr), (1, b''))
        self.assertIn(b'README.txt', done.stdout)
        self.assertIn(b'file-missing', done.stdout)

    def test_it_says_when_no_key_was_given(self) -> None:
        root = self.write(VALID_FILES)
        self.assertIn(b'takes --key', self.run_program(root).stdout)
        self.assertNotIn(b'takes --key', self.run_program(root, '--key', LOG.text).stdout)

    def test_it_explains_itself_when_asked(self) -> None:
        done = self.run_program('/nowhere', '--help')
        self.assertEqual((done.returncode, done.stderr), (0, b''))
        for word in (b'PACK', b'--key', b'--json'):
            self.assertIn(word, done.stdout)

    def test_json_is_in_jcs_form(self) -> None:
        done = self.run_program(self.write_zip(VALID_ZIP), '--json')
        self.assertEqual(done.stdout, jcs(json.loads(done.stdout)) + b'\n')
        self.assertEqual(json.loads(done.stdout)['ok'], True)

    def test_it_exits_2_with_one_line_if_there_is_nothing_to_verify(self) -> None:
        root = self.write(VALID_FILES)
        for arguments in (['/nowhere/at/all'], [root, root], ['--jsn'], [root, '--key'], [root, '--key', 'x'],
                          [root, '--json', '--json'], [root, '--key', ''], ['']):
            done = self.run_program(*arguments)
            self.assertEqual((done.returncode, done.stdout, done.stderr.count(b'\n')), (2, b'', 1), arguments)
            self.assertTrue(done.stderr.startswith(b'verify.py: '))

    def test_without_a_pack_it_verifies_the_folder_that_it_stands_in(self) -> None:
        with open(os.path.join(HERE, 'verify.py'), 'rb') as file:
            program = file.read()
        files = dict(VALID.bag(), **{'verify.py': program})
        root = self.write(sign_bag(files, CLEO, 14))
        done = self.run_program(program=os.path.join(root, 'verify.py'))
        self.assertEqual((done.returncode, done.stderr), (0, b''), done.stdout.decode())


class HostilePacks(PackCase):
    def test_no_json_however_odd_makes_the_verifier_fall_over(self) -> None:
        odd = [b'', b'null', b'[]', b'{}', b'[null]', b'[{}]', b'[' * 200_000, b'{"a":' * 5000, b'\xff', b'[1e999]']
        alike = {entry_file(seq) for seq in range(1, 12)} | {proof_file(seq) for seq in range(12)}
        for path in sorted(path for path in set(VALID.payload) - alike if path.endswith(('json', 'txt', 'proof'))):
            for content in odd:
                writer = PackWriter()
                writer.payload = dict(VALID.payload, **{path: content})
                with self.subTest('%s %r' % (path, content[:20])):
                    found = self.found_in(writer.bag())
                    self.assertTrue(found or (content == b'[]' and path == 'data/disclosures.json'))

    def test_an_empty_folder_is_a_pack_in_which_everything_is_missing(self) -> None:
        root = os.path.join(self.folder, 'empty')
        os.mkdir(root)
        found = self.found(root)
        self.assertEqual(found, [('file-missing', path) for path in sorted(verify.REQUIRED)])


if __name__ == '__main__':
    unittest.main()
