/** What the server's answers hold, in the words of the domain, where its description leaves them open. */

export interface Page<T> {
  data: T[]
  /** Key of the next page; null on the last. */
  next: string | null
}

export type EpisodeState = 'waiting' | 'reading' | 'ready' | 'failed' | 'withdrawn'

export interface Episode {
  id: number
  show_id: number
  guid: string
  title: string
  state: EpisodeState
  problem: string | null
  published: string | null
  revision: number
  /** Name of the enclosure: the hash of its content and a suffix. */
  audio: string | null
  duration_s: number | null
  bytes: number | null
  lines: number
  to_speak: number
  flagged: number
  /** Slug of its show; older servers tell its number alone. */
  show?: string
  author?: string | null
  url?: string | null
  /** Addresses with the show's key in them. */
  media?: string | null
  chapters_url?: string | null
  transcript_url?: string | null
  cover?: string | null
}

export interface Show {
  slug: string
  /** Where the server tells it; episodes name their show by it. */
  id?: number
  kind: 'blog' | 'list' | 'mix'
  title: string
  author: string | null
  language: string
  source: string | null
  feed_source: string | null
  feed: string
  public: boolean
  followed: boolean
  next_poll_at: string | null
  trouble: string | null
  paused: boolean
  choices: { model?: string; voice?: string; [name: string]: unknown }
  created_at: string
  description?: string | null
  categories?: string[]
}

export type JobState = 'queued' | 'running' | 'paused' | 'done' | 'failed' | 'cancelled'

export interface Job {
  id: string
  kind: 'read' | 'archive' | 'poll' | (string & {})
  arguments: Record<string, unknown>
  state: JobState
  urgency: number
  created_at: string
  progress: { stage?: string; done?: number; total?: number }
  problem: string | null
  result: unknown
}

export interface Chapter {
  startTime: number
  title: string
  img?: string
  url?: string
}

/** One post that a crawl found. */
export interface FoundPost {
  url: string
  title: string
  author: string | null
  published: string | null
}

/** One stretch of an episode, as a person edits it. */
export interface Line {
  object: 'line'
  id: number
  kind: string
  block: string | null
  chapter: string | null
  text: string
  spoken: string
  pause_s: number
  voice: string | null
  state: 'spoken' | 'waiting' | 'flagged' | 'pause'
  is_corrected: boolean
  take: Take | null
  n_takes: number
}

/** One recording of a line. */
export interface Take {
  object: 'take'
  id: number
  line: number
  audio: string
  duration_s: number
  origin: 'voice' | 'microphone' | 'upload'
  model: string | null
  voice: string | null
  accepted: boolean
  heard: string
  reasons: string[]
  /** Each word with when it begins and ends, in seconds. */
  words: [string, number, number][]
  made_at: string
  spoken: string
  is_chosen: boolean
}

/** What an edit changed. */
export interface Edited {
  revision: number
  lines: Line[]
  removed: number[]
  /** Ids of the whole episode, only where the order changed. */
  order?: number[] | null
  can_undo: boolean
  can_redo: boolean
}

/** What `/v1/events` tells, by kind. */
export interface Told {
  job: Job
  episode: { id: number; revision: number; state: EpisodeState; lines: number; to_speak: number; flagged: number }
  line: { episode: number; revision: number; line: Line }
  models: { resident: string[]; memory: unknown; queue: unknown }
}
