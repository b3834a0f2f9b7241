/** An episode that is heard while it is still being read: line by line, as the takes come. */

import { send, toWords } from '../api/client'
import type { Line, Page } from '../api/domain'
import { events } from '../stores/events.svelte'
import { claim, release } from '../stores/sound'

/** How lines are had and made to sound. */
export interface Means {
  list: (episode: number) => Promise<Line[]>
  /** Resolves when the sound has ended, or was stopped. */
  play: (src: string) => Promise<void>
  stop: () => void
  rest: (seconds: number) => Promise<void>
}

/** Between two looks for a take that has not come; the stream mostly tells of it before. */
const LOOK_S = 1.5

export class Live {
  episode = $state<number | null>(null)
  /** The one that is heard now. */
  line = $state.raw<Line | null>(null)
  isWaiting = $state(false)
  problem = $state<string | null>(null)

  #turn = 0
  #wake: (() => void) | null = null

  constructor(private readonly means: Means) {}

  toggle(episode: number): void {
    if (this.episode === episode) this.stop()
    else void this.start(episode)
  }

  /** Play from the first line on, and wait wherever the voice is not as far yet. */
  async start(episode: number): Promise<void> {
    claim(this.stop)
    this.means.stop()
    const turn = ++this.#turn
    this.episode = episode
    this.problem = null
    try {
      await this.#playAll(episode, () => turn === this.#turn)
    } catch (error) {
      if (turn === this.#turn) this.problem = toWords(error)
    }
    if (turn === this.#turn) this.stop()
  }

  stop = (): void => {
    release(this.stop)
    this.#turn++
    this.means.stop()
    this.#wake?.()
    this.episode = this.line = null
    this.isWaiting = false
  }

  /** A take may have come. */
  look(): void {
    this.#wake?.()
  }

  async #playAll(episode: number, isOurs: () => boolean): Promise<void> {
    let lines = await this.means.list(episode)
    let last: number | null = null // by its id: lines may come and go meanwhile
    while (isOurs()) {
      const at: number = last === null ? 0 : lines.findIndex((line) => line.id === last) + 1
      const line: Line | undefined = lines[at]
      if (lines.length > 0 && !line) return
      if (!line || line.state === 'waiting') {
        this.isWaiting = true
        await Promise.race([this.means.rest(LOOK_S), new Promise<void>((resolve) => (this.#wake = resolve))])
        if (isOurs()) lines = await this.means.list(episode)
        continue
      }
      this.isWaiting = false
      last = line.id
      if (line.take) {
        this.line = line
        await this.means.play(line.take.audio)
      }
      if (isOurs()) await this.means.rest(line.pause_s)
    }
  }
}

async function listLines(episode: number): Promise<Line[]> {
  const lines: Line[] = []
  let after: string | null = null
  do {
    const query: string = after === null ? '' : `&after=${encodeURIComponent(after)}`
    const page: Page<Line> = await send<Page<Line>>('GET', `/v1/episodes/${episode}/lines?limit=1000${query}`)
    lines.push(...page.data)
    after = page.next
  } while (after !== null)
  return lines
}

function makeMeans(): Means {
  let audio: HTMLAudioElement | null = null
  let end: (() => void) | null = null
  return {
    list: listLines,
    play: (src) =>
      new Promise((resolve, reject) => {
        audio ??= new Audio()
        end = resolve
        audio.onended = () => resolve()
        audio.onerror = () => (end ? reject(new Error('A take cannot be played.')) : undefined)
        audio.src = src
        audio.play().catch((error: unknown) => (error instanceof DOMException && error.name === 'AbortError' ? resolve() : reject(error)))
      }),
    stop: () => {
      audio?.pause()
      end?.()
      end = null
    },
    rest: (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000)),
  }
}

export const live = new Live(makeMeans())

/** Follow the stream, so that waiting for a take is short; returns what ends it. */
export function followTakes(): () => void {
  return events.on('line', (told) => told.episode === live.episode && live.look())
}
