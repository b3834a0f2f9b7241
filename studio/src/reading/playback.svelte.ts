/** Takes, heard from any word on and from line to line, with the word that sounds now. */

import type { Line } from '../api/domain'
import { player } from '../stores/player.svelte'
import { claim, release } from '../stores/sound'
import { findWord, timeWords, type Span } from './words'

export class Playback {
  /** The line that is heard, or between whose take and the next one the pause is. */
  line = $state<number | null>(null)
  /** The word of its text that sounds; -1 before the first. */
  word = $state(-1)
  /** How much of its take has been heard, 0 to 1. */
  share = $state(0)
  problem = $state<string | null>(null)

  #audio: HTMLAudioElement | null = null
  /** Has the next take at hand before it is wanted. */
  #ahead: HTMLAudioElement | null = null
  #spans: Span[] = []
  #frame = 0
  #rest: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly lines: () => readonly Line[]) {}

  /** Play a line from one of its words on, and then those that follow. */
  play(line: Line, word = 0): void {
    const spans = line.take ? timeWords(line.text, line.take) : []
    this.playFrom(line, word > 0 ? (spans[word]?.[0] ?? 0) : 0)
  }

  /** Play a line from a time on, in seconds. */
  playFrom(line: Line, start_s: number): void {
    const { take } = line
    if (!take) return
    claim(this.stop)
    this.#halt()
    this.problem = null
    this.line = line.id
    this.#spans = timeWords(line.text, take)
    this.word = findWord(this.#spans, start_s)
    this.share = start_s / take.duration_s
    const audio = this.#load(take.audio)
    audio.playbackRate = player.rate
    audio.onended = () => this.#goOn(line)
    audio.onerror = () => this.#fail()
    if (audio.readyState > 0) audio.currentTime = start_s
    else audio.onloadedmetadata = () => (audio.currentTime = start_s)
    audio.play().catch((error: unknown) => {
      if (!(error instanceof DOMException && error.name === 'AbortError')) this.#fail()
    })
    this.#look(audio, take.duration_s)
    const next = this.#findNext(line)
    if (next?.take) this.#ahead = makeAudio(next.take.audio)
  }

  stop = (): void => {
    release(this.stop)
    this.#halt()
    this.line = null
    this.word = -1
    this.share = 0
  }

  #load(src: string): HTMLAudioElement {
    const ahead = this.#ahead
    this.#ahead = null
    return (this.#audio = ahead?.getAttribute('src') === src ? ahead : makeAudio(src))
  }

  #look(audio: HTMLAudioElement, duration_s: number): void {
    const look = () => {
      if (audio !== this.#audio) return
      const at_s = audio.currentTime
      this.word = findWord(this.#spans, at_s)
      this.share = Math.min(1, at_s / duration_s)
      this.#frame = requestAnimationFrame(look)
    }
    this.#frame = requestAnimationFrame(look)
  }

  #findNext(line: Line): Line | undefined {
    const lines = this.lines()
    const at = lines.findIndex((each) => each.id === line.id)
    return at < 0 ? undefined : lines.slice(at + 1).find((each) => each.take !== null)
  }

  /** After a take: the pauses behind it, then the next line that has a take. */
  #goOn(line: Line): void {
    const lines = this.lines()
    const at = lines.findIndex((each) => each.id === line.id)
    const next = this.#findNext(line)
    if (at < 0 || !next) return this.stop()
    cancelAnimationFrame(this.#frame)
    const silent = lines.slice(at, lines.indexOf(next)).filter((each) => each.id === line.id || each.state === 'pause')
    const pause_s = silent.reduce((sum, each) => sum + each.pause_s, 0)
    this.word = -1
    this.share = 1
    this.#rest = setTimeout(() => this.playFrom(next, 0), (pause_s * 1000) / player.rate)
  }

  #halt(): void {
    clearTimeout(this.#rest)
    cancelAnimationFrame(this.#frame)
    const audio = this.#audio
    this.#audio = null
    if (!audio) return
    audio.onended = audio.onerror = audio.onloadedmetadata = null
    audio.pause()
  }

  #fail(): void {
    this.stop()
    this.problem = 'This take cannot be played; perhaps the server is away.'
  }
}

function makeAudio(src: string): HTMLAudioElement {
  const audio = new Audio()
  audio.preload = 'auto'
  audio.preservesPitch = true
  audio.src = src
  return audio
}
