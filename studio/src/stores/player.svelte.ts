/** What is being listened to. It goes on while the person moves through the pages. */

import { api, ask, toWords } from '../api/client'
import type { Chapter, Episode } from '../api/domain'
import { Positions } from '../player/positions'
import { claim, release } from './sound'

export interface Track {
  /** Of the episode. */
  id: number
  title: string
  show: string
  src: string
  duration_s: number
  cover: string | null
  chapters_url: string | null
}

export const RATES = [0.8, 1, 1.1, 1.25, 1.5, 1.75, 2]
export const SKIP_S = 15
const RATE_KEY = 'rate'
/** What was opened last, and not closed. */
const TRACK_KEY = 'track'
/** Between two notes of where one is. */
const KEEP_EVERY_MS = 3000

class Player {
  track = $state.raw<Track | null>(null)
  isPlaying = $state(false)
  /** More of the file is on its way. */
  isWaiting = $state(false)
  at_s = $state(0)
  duration_s = $state(0)
  rate = $state(1)
  chapters = $state.raw<Chapter[]>([])
  problem = $state<string | null>(null)
  /** Counts up whenever a position was kept, so that lists show it. */
  nKept = $state(0)

  readonly chapter = $derived(this.chapters.findLast((chapter) => chapter.startTime <= this.at_s + 0.25) ?? null)

  #audio: HTMLAudioElement | null = null
  #positions: Positions | null = null
  #keptAt = 0
  #start_s = 0

  get positions(): Positions {
    return (this.#positions ??= new Positions(localStorage))
  }

  /** Take an episode up where it was left, or at a time. */
  open(track: Track, { play = true, at_s }: { play?: boolean; at_s?: number } = {}): void {
    const audio = (this.#audio ??= this.#make())
    audio.preload = play ? 'auto' : 'none' // nobody may want to hear it
    if (this.track?.src !== track.src) {
      this.#keep()
      this.track = track
      this.problem = null
      this.chapters = []
      this.duration_s = track.duration_s
      this.#start_s = at_s ?? this.positions.resume_s(track.id)
      this.at_s = this.#start_s
      audio.src = track.src
      audio.playbackRate = this.rate
      void this.#loadChapters(track)
      this.#tellSystem(track)
      localStorage.setItem(TRACK_KEY, JSON.stringify({ id: track.id, show: track.show }))
    } else if (at_s !== undefined) {
      this.seek(at_s)
    }
    if (play) this.play()
  }

  play(): void {
    claim(this.#stop)
    this.#audio?.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === 'AbortError') return // another file was wanted meanwhile
      this.problem = toWords(error)
    })
  }

  pause(): void {
    this.#audio?.pause()
  }

  toggle(): void {
    if (this.isPlaying) this.pause()
    else if (this.track) this.play()
  }

  seek(to_s: number): void {
    const audio = this.#audio
    if (!audio || !this.track) return
    this.at_s = Math.min(Math.max(0, to_s), this.duration_s || Infinity)
    if (audio.readyState > 0) audio.currentTime = this.at_s
    else this.#start_s = this.at_s
    this.#keep()
  }

  skip(by_s: number): void {
    this.seek(this.at_s + by_s)
  }

  /** The next chapter (1), or the beginning of this one and then the one before (-1). */
  skipChapter(by: 1 | -1): void {
    const starts = this.chapters.map((chapter) => chapter.startTime)
    const to = by === 1 ? starts.find((start) => start > this.at_s + 0.5) : starts.findLast((start) => start < this.at_s - 3)
    if (to !== undefined) this.seek(to)
  }

  setRate(rate: number): void {
    this.rate = rate
    localStorage.setItem(RATE_KEY, String(rate))
    if (this.#audio) this.#audio.playbackRate = rate
  }

  /** One step faster (1) or slower (-1). */
  stepRate(by: 1 | -1): void {
    const next = by === 1 ? RATES.find((rate) => rate > this.rate + 0.01) : RATES.findLast((rate) => rate < this.rate - 0.01)
    if (next !== undefined) this.setRate(next)
  }

  close(): void {
    this.#keep()
    this.pause()
    release(this.#stop)
    this.#audio?.removeAttribute('src')
    this.track = null
    localStorage.removeItem(TRACK_KEY)
  }

  /** Called once, before anything plays. */
  start(): void {
    const kept = Number(localStorage.getItem(RATE_KEY))
    if (RATES.includes(kept)) this.rate = kept
    addEventListener('pagehide', () => this.#keep())
    void this.#takeUp()
  }

  /** Have at hand what was listened to when the page was left; its file may be another one by now. */
  async #takeUp(): Promise<void> {
    const kept = readKept(localStorage.getItem(TRACK_KEY))
    if (kept === null) return
    try {
      const path = { episode_id: kept.id }
      const episode = await ask<Episode>(api.GET('/v1/episodes/{episode_id}', { params: { path } }))
      const track = toTrack(episode, kept.show)
      if (track && !this.track) this.open(track, { play: false })
    } catch {
      // The server is away or the episode is gone: the shelf tells.
    }
  }

  #stop = (): void => this.pause()

  #make(): HTMLAudioElement {
    const audio = new Audio()
    audio.preservesPitch = true
    audio.addEventListener('play', () => (this.isPlaying = true))
    audio.addEventListener('pause', () => {
      this.isPlaying = false
      this.#keep()
    })
    audio.addEventListener('waiting', () => (this.isWaiting = true))
    audio.addEventListener('playing', () => {
      this.isWaiting = false
      this.problem = null
    })
    audio.addEventListener('loadedmetadata', () => {
      this.duration_s = audio.duration
      audio.playbackRate = this.rate
      if (this.#start_s > 0) audio.currentTime = this.#start_s
      this.#start_s = 0
    })
    audio.addEventListener('timeupdate', () => {
      if (this.#start_s > 0) return
      this.at_s = audio.currentTime
      if (Date.now() - this.#keptAt > KEEP_EVERY_MS) this.#keep()
    })
    audio.addEventListener('error', () => {
      if (!this.track || !audio.getAttribute('src')) return
      this.isPlaying = this.isWaiting = false
      this.problem = 'This recording cannot be played; perhaps the server is away.'
    })
    return audio
  }

  #keep(): void {
    if (!this.track || this.at_s < 1) return
    this.#keptAt = Date.now()
    this.positions.keep(this.track.id, this.at_s, this.duration_s)
    this.nKept++
  }

  async #loadChapters(track: Track): Promise<void> {
    if (!track.chapters_url) return
    try {
      const call = fetch(track.chapters_url).then(async (response) => ({ data: await response.json(), response }))
      const found = await ask<{ chapters: Chapter[] }>(call)
      if (this.track === track) this.chapters = found.chapters
    } catch {
      // Chapters are a comfort: without them everything else works.
    }
  }

  #tellSystem(track: Track): void {
    if (!('mediaSession' in navigator)) return
    const session = navigator.mediaSession
    const artwork = track.cover ? [{ src: new URL(track.cover, location.href).href }] : []
    session.metadata = new MediaMetadata({ title: track.title, artist: track.show, artwork })
    const doings: [MediaSessionAction, (details: MediaSessionActionDetails) => void][] = [
      ['play', () => this.play()],
      ['pause', () => this.pause()],
      ['seekbackward', () => this.skip(-SKIP_S)],
      ['seekforward', () => this.skip(SKIP_S)],
      ['previoustrack', () => this.skipChapter(-1)],
      ['nexttrack', () => this.skipChapter(1)],
      ['seekto', ({ seekTime }) => seekTime !== undefined && this.seek(seekTime)],
    ]
    for (const [action, run] of doings) session.setActionHandler(action, run)
  }
}

function readKept(text: string | null): { id: number; show: string } | null {
  try {
    const { id, show } = JSON.parse(text ?? '{}') as { id?: unknown; show?: unknown }
    return typeof id === 'number' && typeof show === 'string' ? { id, show } : null
  } catch {
    return null
  }
}

export const player = new Player()

/** An episode as something to play; nothing where it has no file yet. */
export function toTrack(episode: Episode, show: string): Track | null {
  if (!episode.media) return null
  return {
    id: episode.id,
    title: episode.title,
    show,
    src: episode.media,
    duration_s: episode.duration_s ?? 0,
    cover: episode.cover ?? null,
    chapters_url: episode.chapters_url ?? null,
  }
}
