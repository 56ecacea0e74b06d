import { openAnchor } from '../../anchors/index.ts'
import type { Answers } from '../router.ts'
import type { Workplace } from '../workplace.ts'

type AnchorMethods = 'anchors.open' | 'anchors.print' | 'witnesses.list' | 'witnesses.add' | 'witnesses.remove' | 'witnesses.request' | 'witnesses.import'

export function answerAnchors(workplace: Workplace): Pick<Answers, AnchorMethods> {
  const witnesses = () => workplace.ready().witnesses
  return {
    'anchors.open': ({ content }) => openAnchor(workplace.ready(), Buffer.from(content, 'base64')),
    'anchors.print': (_, call) => workplace.ready().paper.print(call.actor()),
    'witnesses.list': () => ({ witnesses: witnesses().list(), conflicts: witnesses().conflicts() }),
    'witnesses.add': ({ name, key }, call) => witnesses().add(call.actor(), name, key),
    'witnesses.remove': ({ name }, call) => witnesses().remove(call.actor(), name),
    'witnesses.request': ({ name, old }) => witnesses().request(name, old),
    'witnesses.import': ({ text }, call) => witnesses().importAnswer(call.actor(), text, call.signal),
  }
}
