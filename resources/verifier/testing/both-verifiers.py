"""The Python half of both-verifiers.ts: for each [path, key or null] on a line of standard input, one line with
the report of verify.py, without its messages."""
import functools
import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import verify  # noqa: E402

# The altered packs of one run share most signatures. This function is pure, so nothing is decided differently.
verify.signature_holds = functools.lru_cache(maxsize=100_000)(verify.signature_holds)

for line in sys.stdin:
    try:
        result = verify.verify_pack(*json.loads(line))
        for finding in result['findings']:
            del finding['message']
    except verify.PackUnreadable:
        result = {'unreadable': True}
    except Exception as error:  # pylint: disable=broad-except
        result = {'crashed': repr(error)}
    print(json.dumps(result, sort_keys=True), flush=True)
