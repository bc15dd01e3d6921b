import { createParser, type EventSourceMessage } from "eventsource-parser"
import { readProblem, type Problem } from "@/api/problem"
import { timedFetch } from "./campus"
import { SILENCE_MS, waitBefore } from "./freshness"

export interface Listener {
  onMessage(message: EventSourceMessage): void
  /** Anything arrived, be it only a heartbeat. */
  onSign(): void
  onConnected(connected: boolean): void
  /** The service refuses; trying again is of no use. */
  onRefused(problem: Problem): void
}

/** Keeps one live line open until it is closed: reconnects with growing pauses, resumes after the last id it saw. */
export function openEventStream(url: string, listener: Listener): () => void {
  const stop = new AbortController()
  let lastId = ""
  let attempt = 0

  async function once(): Promise<boolean> {
    const silence = new AbortController()
    const hush = () => {
      silence.abort()
    }
    let guard = setTimeout(hush, SILENCE_MS)
    window.addEventListener("offline", hush)
    const sign = () => {
      clearTimeout(guard)
      guard = setTimeout(hush, SILENCE_MS)
      listener.onSign()
    }
    try {
      const headers: Record<string, string> = { Accept: "text/event-stream" }
      if (lastId) headers["Last-Event-ID"] = lastId
      const response = await timedFetch(url, {
        headers,
        credentials: "same-origin",
        cache: "no-store",
        signal: AbortSignal.any([stop.signal, silence.signal]),
      })
      if (response.status >= 400 && response.status < 500) {
        listener.onRefused(readProblem(response.status, await response.json().catch(() => null)))
        return false
      }
      if (!response.ok || !response.body) return true
      listener.onConnected(true)
      const parser = createParser({
        onId(id) {
          lastId = id
        },
        onEvent(message) {
          attempt = 0
          listener.onMessage(message)
        },
      })
      const pieces = response.body.pipeThrough(new TextDecoderStream()).getReader()
      for (;;) {
        const { done, value } = await pieces.read()
        if (done) return true
        sign()
        parser.feed(value)
      }
    } catch {
      return true
    } finally {
      clearTimeout(guard)
      window.removeEventListener("offline", hush)
      listener.onConnected(false)
    }
  }

  async function keep(): Promise<void> {
    while (!stop.signal.aborted && (await once())) {
      const pause = waitBefore(attempt, Math.random())
      attempt += 1
      await new Promise<void>((go) => {
        const timer = setTimeout(go, pause)
        const soon = () => {
          clearTimeout(timer)
          go()
        }
        window.addEventListener("online", soon, { once: true, signal: stop.signal })
        stop.signal.addEventListener("abort", soon, { once: true })
      })
    }
  }
  void keep()
  return () => {
    stop.abort()
  }
}
