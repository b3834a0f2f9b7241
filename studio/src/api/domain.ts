/** What the server's answers hold, in the words of the domain; by hand only what its description leaves open. */

import type { components } from './schema'

type Schemas = components['schemas']

export interface Page<T> {
  data: T[]
  /** Key of the next page; null on the last. */
  next: string | null
}

export type Episode = Schemas['EpisodeObject']
export type EpisodeState = Episode['state']
export type Show = Schemas['ShowObject']
export type Job = Schemas['JobObject']
export type JobState = Job['state']
export type JobEntry = Schemas['LogEntry']
/** One stretch of an episode, as a person edits it. */
export type Line = Schemas['LineObject']
/** One recording of a line. */
export type Take = Schemas['TakeObject']
/** What an edit changed. */
export type Edited = Schemas['EditedObject']
/** A line in which a word occurs. */
export type ConcernedLine = Schemas['ConcernedLine']
/** Where a correction of a word reaches. */
export type Corrected = Schemas['CorrectedObject']

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

/** What `/v1/events` tells, by kind. */
export interface Told {
  job: Job
  episode: { id: number; revision: number; state: EpisodeState; lines: number; to_speak: number; flagged: number }
  line: { episode: number; revision: number; line: Line }
  models: { resident: string[]; memory: unknown; queue: unknown }
}
