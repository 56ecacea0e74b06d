import { RequestError } from '../../shared/contract/index.ts'
import type { Bridge } from '../bridge/index.ts'
import { workplaceState, type Api } from '../state/index.ts'

/**
 * The bridge, watched: an answer `not-signed-in` means that the session ended elsewhere, so the state of the workplace is read again and the
 * window asks to sign in, at the address where it is.
 */
export function watchSession(bridge: Bridge): Api {
  return {
    platform: bridge.platform,
    ...(bridge.desktop ? { desktop: bridge.desktop } : {}),
    onEvent: (listener) => bridge.onEvent(listener),
    onState: (listener) => bridge.onState(listener),
    async call(method, params, options) {
      try {
        return await bridge.call(method, params, options)
      } catch (error) {
        if (error instanceof RequestError && error.code === 'not-signed-in') {
          void bridge.call('workplace.state', {}).then(
            (state) => workplaceState.set('workplace', state),
            () => undefined,
          )
        }
        throw error
      }
    },
  }
}
