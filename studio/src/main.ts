import './design/tokens.css'
import './design/base.css'
import { mount } from 'svelte'
import App from './shell/App.svelte'

const target = document.getElementById('studio')
if (target) mount(App, { target })

if ('serviceWorker' in navigator && import.meta.env.PROD) {
  addEventListener('load', () => {
    void navigator.serviceWorker.register(trusted('/service-worker.js') as string).catch(() => {
      // Only offline notes are lost: browsers refuse workers on plain http beyond this machine.
    })
  })
}

/** The one script address that the content security policy lets a script name. */
function trusted(address: string): unknown {
  const types = (globalThis as { trustedTypes?: { createPolicy(name: string, rules: object): { createScriptURL(url: string): unknown } } })
    .trustedTypes
  return types ? types.createPolicy('catwalk', { createScriptURL: (url: string) => url }).createScriptURL(address) : address
}
