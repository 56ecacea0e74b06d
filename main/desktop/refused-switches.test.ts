import { describe, expect, it } from 'vitest'
import { CommandLineDouble } from './electron-double.ts'
import { SWITCHES } from './lockdown.ts'
import { takeRefusedSwitches } from './refused-switches.ts'
import { SwitchesRefused, describeFailure } from './start-failure.ts'

describe('an installed product’s command line', () => {
  it('keeps nothing that takes the window’s protection away', () => {
    const dangerous = ['no-sandbox', 'remote-debugging-port', 'remote-debugging-pipe', 'disable-web-security', 'renderer-cmd-prefix', 'inspect', 'proxy-server', 'load-extension', 'js-flags']
    const commandLine = new CommandLineDouble(dangerous)
    expect(takeRefusedSwitches(commandLine).sort()).toEqual([...dangerous].sort())
    expect([...commandLine.switches.keys()]).toEqual([])
  })

  it('keeps what a person may want', () => {
    const harmless = ['data', 'ozone-platform', 'disable-gpu', 'force-device-scale-factor', 'lang', 'enable-features']
    const commandLine = new CommandLineDouble(harmless)
    expect(takeRefusedSwitches(commandLine)).toEqual([])
    expect([...commandLine.switches.keys()]).toEqual(harmless)
  })

  it('cannot undo the application’s own answer to a name', () => {
    expect(takeRefusedSwitches(new CommandLineDouble(SWITCHES.map(([name]) => name)))).toContain('host-resolver-rules')
  })
})

describe('the dialog of a refused start', () => {
  it('names the switches', () => {
    const { title, content } = describeFailure(new SwitchesRefused(['remote-debugging-port'], false))
    expect(title).toContain('without its protection')
    expect(content).toContain('--remote-debugging-port')
  })

  it('says, of an AppImage on a system without a sandbox, what to install instead', () => {
    expect(describeFailure(new SwitchesRefused(['no-sandbox'], true)).content).toContain('deb or rpm')
    expect(describeFailure(new SwitchesRefused(['no-sandbox'], false)).content).not.toContain('deb or rpm')
    expect(describeFailure(new SwitchesRefused(['inspect'], true)).content).not.toContain('deb or rpm')
  })
})
