"""The Python half of pack-flips.ts: flips one bit of every byte of the pack in argv[1], prints how many flips verify.py names the file of."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'resources', 'verifier'))
import verify  # noqa: E402

pack = sys.argv[1]
caught = 0
for folder, _, names in os.walk(pack):
    for name in names:
        path = os.path.join(folder, name)
        inside = os.path.relpath(path, pack).replace(os.sep, '/')
        with open(path, 'r+b') as file:
            content = bytearray(file.read())
            for index in range(len(content)):
                content[index] ^= 1
                file.seek(index)
                file.write(content[index:index + 1])
                file.flush()
                findings = verify.verify_pack(pack)['findings']
                if any(finding['file'] == inside for finding in findings):
                    caught += 1
                else:
                    print('not caught by verify.py: %s byte %d' % (inside, index), file=sys.stderr)
                content[index] ^= 1
                file.seek(index)
                file.write(content[index:index + 1])
                file.flush()
print(caught)
