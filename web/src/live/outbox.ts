import { asProblem, type Problem } from "@/api/problem"
import type { NewRequest } from "@/api/types"

/** A form that was filled in and could not be sent yet. Its key never changes, so sending it twice files it once. */
export interface Waiting {
  key: string
  owner: string
  body: NewRequest
  kept_at: string
  refused: { code: string; detail: string; params: Record<string, unknown> } | null
}

/** Where waiting forms are kept. */
export interface Shelf {
  all(): Promise<Waiting[]>
  put(form: Waiting): Promise<void>
  remove(key: string): Promise<void>
}

export interface Flushed {
  sent: string[]
  refused: Problem[]
  left: number
}

/**
 * Sends what waits, oldest first, only forms of this owner. A passing problem ends the round and keeps everything;
 * a refusal is written on its form, which stays for its owner to see, and the round goes on.
 */
export class Outbox {
  private running: Promise<Flushed> | null = null

  constructor(
    private readonly shelf: Shelf,
    private readonly send: (body: NewRequest, key: string) => Promise<unknown>,
  ) {}

  async keep(owner: string, key: string, body: NewRequest, at: Date): Promise<void> {
    await this.shelf.put({ key, owner, body, kept_at: at.toISOString(), refused: null })
  }

  async waiting(owner: string): Promise<Waiting[]> {
    const forms = (await this.shelf.all()).filter((form) => form.owner === owner)
    return forms.sort((a, b) => a.kept_at.localeCompare(b.kept_at))
  }

  discard(key: string): Promise<void> {
    return this.shelf.remove(key)
  }

  /** One round at a time: a second call while one runs gets the running one. */
  flush(owner: string): Promise<Flushed> {
    this.running ??= this.round(owner).finally(() => { this.running = null })
    return this.running
  }

  private async round(owner: string): Promise<Flushed> {
    const flushed: Flushed = { sent: [], refused: [], left: 0 }
    for (const form of await this.waiting(owner)) {
      if (form.refused) continue
      try {
        await this.send(form.body, form.key)
        await this.shelf.remove(form.key)
        flushed.sent.push(form.key)
      } catch (thrown) {
        const problem = asProblem(thrown)
        if (problem.passing || problem.status === 401) break
        const { code, detail, params } = problem
        await this.shelf.put({ ...form, refused: { code, detail, params } })
        flushed.refused.push(problem)
      }
    }
    flushed.left = (await this.waiting(owner)).filter((form) => !form.refused).length
    return flushed
  }
}
