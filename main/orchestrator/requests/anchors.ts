import { openAnchor } from '../../anchors/index.ts'
import type { Answers } from '../router.ts'
import type { Workplace } from '../workplace.ts'

type AnchorMethods =
  | 'anchors.open'
  | 'anchors.print'
  | 'timestamps.list'
  | 'timestamps.addAuthority'
  | 'timestamps.removeAuthority'
  | 'timestamps.request'
  | 'timestamps.import'
  | 'witnesses.list'
  | 'witnesses.add'
  | 'witnesses.remove'
  | 'witnesses.request'
  | 'witnesses.import'

export function answerAnchors(workplace: Workplace, stop: (reason: string) => void): Pick<Answers, AnchorMethods> {
  const timestamps = () => workplace.ready().timestamps
  const witnesses = () => workplace.ready().witnesses
  return {
    'anchors.open': ({ content }) => openAnchor(workplace.ready(), Buffer.from(content, 'base64')),
    'anchors.print': (_, call) => workplace.ready().paper.print(call.actor()),
    'timestamps.list': () => ({ authorities: timestamps().authorities(), timestamps: timestamps().list() }),
    'timestamps.addAuthority': ({ certificate }, call) => timestamps().addAuthority(call.actor(), certificate),
    'timestamps.removeAuthority': ({ fingerprint }, call) => timestamps().removeAuthority(call.actor(), fingerprint),
    'timestamps.request': (_, call) => timestamps().request(call.actor()),
    'timestamps.import': ({ response }, call) => timestamps().importResponse(call.actor(), Buffer.from(response, 'base64')),
    'witnesses.list': () => ({ witnesses: witnesses().list(), conflicts: witnesses().conflicts() }),
    'witnesses.add': async ({ name, key, passphrase }, call) => {
      const { sessions } = workplace.ready()
      const signer = await sessions.signAgain(call.actor(), passphrase)
      return witnesses().add({ signer }, name, key)
    },
    'witnesses.remove': ({ name }, call) => witnesses().remove(call.actor(), name),
    'witnesses.request': ({ name, old }) => witnesses().request(name, old),
    'witnesses.import': async ({ text }, call) => {
      const { ledger } = workplace.ready()
      try {
        return await witnesses().importAnswer(call.actor(), text, call.signal)
      } finally {
        // Nothing can be recorded any more: whoever connects next is told so, and what to do. The answer leaves first, and stages go on.
        if (ledger.isShort) setImmediate(stop, 'the ledger has not what a witness saw')
      }
    },
  }
}
