import { welcomeMessages } from '../../../shared/messages/welcome.ts'
import { CodeBlock, CopyButton, Row, Text } from '../../design/index.ts'
import { Front } from './front.tsx'

const words = welcomeMessages.waitingLedger

/** In the place of everything else, while a ledger that lacks entries waits for an administrator: the window cannot have them sign before anybody can sign in. */
export function WaitingLedger({ dataFolder }: { readonly dataFolder: string }) {
  const command = words.command(dataFolder)
  return (
    <Front title={words.title} lead={words.lead}>
      <Text as="p">{words.copies}</Text>
      <Text as="p">{words.lost}</Text>
      <CodeBlock label={words.commandLabel} wraps="at-spaces">
        {command}
      </CodeBlock>
      <Row>
        <CopyButton text={command} label={words.copy} />
        <Text size="small" tone="dim">
          {words.follows}
        </Text>
      </Row>
    </Front>
  )
}
