/**
 * What the server tells as it happens, from one stream for the whole page.
 *
 * The stream is given back while the page is hidden, because a browser has six connections to a server for all its tabs.
 */

import type { Told } from '../api/domain'

export type Kind = keyof Told
type Listener<K extends Kind> = (told: Told[K]) => void

/** As much of an EventSource as is used. */
export interface Source {
  onopen: ((event: Event) => unknown) | null
  onerror: ((event: Event) => unknown) | null
  addEventListener(kind: string, listener: (event: MessageEvent<string>) => void): void
  close(): void
}

const KINDS: Kind[] = ['job', 'episode', 'line', 'models']
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 10_000

export class Events {
  /** `gone` once the server has stopped answering, until it answers again. */
  state = $state<'connecting' | 'open' | 'gone' | 'resting'>('connecting')

  #open: () => Source
  #source: Source | null = null
  #listeners = new Map<Kind, Set<Listener<never>>>()
  #returns = new Set<() => void>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #pauseMs = FIRST_PAUSE_MS
  #wasOpen = false

  constructor(open: () => Source) {
    this.#open = open
  }

  /** Hear every event of a kind; returns what ends it. */
  on<K extends Kind>(kind: K, listener: Listener<K>): () => void {
    const listeners = this.#listeners.get(kind) ?? new Set()
    this.#listeners.set(kind, listeners)
    listeners.add(listener as Listener<never>)
    return () => listeners.delete(listener as Listener<never>)
  }

  /** Be called whenever the stream is open again after it was not: what happened meanwhile is to be asked for. */
  onReturn(listener: () => void): () => void {
    this.#returns.add(listener)
    return () => this.#returns.delete(listener)
  }

  start(): void {
    if (this.#source) return
    const source = this.#open()
    this.#source = source
    source.onopen = () => {
      this.#pauseMs = FIRST_PAUSE_MS
      this.state = 'open'
      if (this.#wasOpen) for (const listener of this.#returns) listener()
      this.#wasOpen = true
    }
    source.onerror = () => this.#fail()
    for (const kind of KINDS) {
      source.addEventListener(kind, (event) => {
        const told = JSON.parse(event.data) as never
        for (const listener of this.#listeners.get(kind) ?? []) listener(told)
      })
    }
  }

  /** Stop for now; {@link start} goes on. */
  rest(): void {
    clearTimeout(this.#timer)
    this.#source?.close()
    this.#source = null
    this.state = 'resting'
  }

  /** Try at once instead of after the pause. */
  retry(): void {
    clearTimeout(this.#timer)
    if (!this.#source) this.start()
  }

  #fail(): void {
    // Browsers try again by themselves after a broken line, but not after an answer such as a proxy's 502.
    this.#source?.close()
    this.#source = null
    this.state = 'gone'
    this.#wasOpen = true
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.start(), this.#pauseMs)
    this.#pauseMs = Math.min(this.#pauseMs * 1.6, LONGEST_PAUSE_MS)
  }
}

export const events = new Events(() => new EventSource('/v1/events'))

/** Keep the stream open while somebody looks; returns what ends it. */
export function followVisibility(stream: Events): () => void {
  const look = () => (document.hidden ? stream.rest() : stream.start())
  document.addEventListener('visibilitychange', look)
  look()
  return () => {
    document.removeEventListener('visibilitychange', look)
    stream.rest()
  }
}
