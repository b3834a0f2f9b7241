/** The microphone: asked for, counted down, measured, recorded. */

const COUNTDOWN = 3
/** Below this nobody speaks; above the other the recording would crackle. */
export const QUIET = 0.02
export const LOUD = 0.97

export class Microphone {
  state = $state<'idle' | 'asking' | 'counting' | 'recording' | 'done'>('idle')
  countdown = $state(0)
  /** Of the last moment, 0 to 1. */
  level = $state(0)
  /** The loudest so far. */
  peak = $state(0)
  passed_s = $state(0)
  problem = $state<string | null>(null)
  recording = $state.raw<Blob | null>(null)

  #stream: MediaStream | null = null
  #context: AudioContext | null = null
  #recorder: MediaRecorder | null = null
  #timer: ReturnType<typeof setInterval> | undefined
  #began = 0

  async begin(): Promise<void> {
    this.release()
    this.problem = null
    this.recording = null
    this.peak = this.level = this.passed_s = 0
    if (!navigator.mediaDevices) {
      this.problem = 'Browsers give the microphone to safe addresses only: https, or this machine’s own.'
      return
    }
    this.state = 'asking'
    try {
      // What makes calls clear makes recordings dull.
      const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 }
      this.#stream = await navigator.mediaDevices.getUserMedia({ audio })
    } catch (error) {
      this.state = 'idle'
      this.problem = toProblem(error)
      return
    }
    this.#measure(this.#stream)
    this.#count(COUNTDOWN)
  }

  /** End the recording, which is in `recording` a moment later. */
  stop(): void {
    if (this.state === 'counting') this.cancel()
    else if (this.#recorder?.state === 'recording') this.#recorder.stop()
  }

  cancel(): void {
    this.release()
    this.state = 'idle'
  }

  /** Give the microphone back. */
  release(): void {
    clearInterval(this.#timer)
    if (this.#recorder) this.#recorder.onstop = null
    if (this.#recorder?.state === 'recording') this.#recorder.stop()
    this.#recorder = null
    this.#stream?.getTracks().forEach((track) => track.stop())
    this.#stream = null
    void this.#context?.close()
    this.#context = null
    this.level = 0
  }

  #count(left: number): void {
    this.state = 'counting'
    this.countdown = left
    clearInterval(this.#timer)
    this.#timer = setInterval(() => {
      this.countdown -= 1
      if (this.countdown === 0) this.#record()
    }, 700)
  }

  #record(): void {
    clearInterval(this.#timer)
    if (!this.#stream) return
    const pieces: Blob[] = []
    const recorder = new MediaRecorder(this.#stream, { audioBitsPerSecond: 192_000 })
    recorder.ondataavailable = ({ data }) => pieces.push(data)
    recorder.onstop = () => {
      this.recording = new Blob(pieces, { type: recorder.mimeType })
      this.state = 'done'
      this.release()
    }
    recorder.start()
    this.#recorder = recorder
    this.#began = performance.now()
    this.peak = 0
    this.state = 'recording'
    this.#timer = setInterval(() => (this.passed_s = (performance.now() - this.#began) / 1000), 100)
  }

  #measure(stream: MediaStream): void {
    const context = new AudioContext()
    const analyser = context.createAnalyser()
    analyser.fftSize = 1024
    context.createMediaStreamSource(stream).connect(analyser)
    const samples = new Float32Array(analyser.fftSize)
    this.#context = context
    const look = () => {
      if (this.#context !== context) return
      analyser.getFloatTimeDomainData(samples)
      this.level = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)
      this.peak = Math.max(this.peak, this.level)
      requestAnimationFrame(look)
    }
    look()
  }
}

function toProblem(error: unknown): string {
  const name = error instanceof DOMException ? error.name : ''
  if (name === 'NotAllowedError') return 'The browser may not use the microphone: allow it beside the address, and try again.'
  if (name === 'NotFoundError') return 'There is no microphone.'
  return 'The microphone cannot be used; perhaps another program has it.'
}

/** A recording as a file that the server takes. */
export function toFile(recording: Blob, name: string): File {
  const suffix = recording.type.includes('mp4') ? 'm4a' : recording.type.includes('ogg') ? 'ogg' : 'webm'
  return new File([recording], `${name}.${suffix}`, { type: recording.type })
}
