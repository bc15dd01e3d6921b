import { openDB, type DBSchema } from "idb"
import { asProblem, type Problem } from "@/api/problem"
import type { NewRequest } from "@/api/types"

/** A form that was filled in and could not be sent yet. Its key never changes, so sending it twice files it once. */
export interface Waiting {
  key: string
  owner: string
  body: NewRequest
  kept_at: string
  refused: { code: string; detail: string; params: Record<string, unknown> } | null
  /** Whether nobody but two readers may see it: then it is gone when its owner signs out. */
  sealed?: boolean
}

interface Schema extends DBSchema {
  outbox: { key: string; value: Waiting }
}

export interface Flushed {
  sent: string[]
  refused: Problem[]
  left: number
}

/**
 * Forms that wait in IndexedDB, which survives closing the page. Sends what waits, oldest first, only forms of this
 * owner. A passing problem ends the round and keeps everything; a refusal is written on its form, which stays for its
 * owner to see, and the round goes on.
 */
export class Outbox {
  private running: Promise<Flushed> | null = null
  private readonly database = openDB<Schema>("yizhan", 1, {
    upgrade(database) {
      database.createObjectStore("outbox", { keyPath: "key" })
    },
  })

  constructor(
    private readonly send: (body: NewRequest, key: string) => Promise<unknown>,
    /** Whether this owner is still the one who is signed in. */
    private readonly still: (owner: string) => boolean = () => true,
  ) {}

  async keep(owner: string, key: string, body: NewRequest, at: Date, sealed = false): Promise<void> {
    await (await this.database).put("outbox", { key, owner, body, kept_at: at.toISOString(), refused: null, sealed })
  }

  async waiting(owner: string): Promise<Waiting[]> {
    const forms = (await (await this.database).getAll("outbox")).filter((form) => form.owner === owner)
    return forms.sort((a, b) => a.kept_at.localeCompare(b.kept_at))
  }

  /** Forgets what is sealed, when its owner leaves the phone to others. */
  async forgetSealed(owner: string): Promise<void> {
    for (const form of await this.waiting(owner)) if (form.sealed) await this.discard(form.key)
  }

  private async waits(key: string): Promise<boolean> {
    return (await (await this.database).getKey("outbox", key)) !== undefined
  }

  async discard(key: string): Promise<void> {
    await (await this.database).delete("outbox", key)
  }

  /** One round at a time: a second call while one runs gets the running one. */
  flush(owner: string): Promise<Flushed> {
    this.running ??= this.round(owner).finally(() => {
      this.running = null
    })
    return this.running
  }

  private async round(owner: string): Promise<Flushed> {
    const flushed: Flushed = { sent: [], refused: [], left: 0 }
    for (const form of await this.waiting(owner)) {
      // Another tab may have sent or dropped it since.
      if (form.refused || !this.still(owner) || !(await this.waits(form.key))) continue
      try {
        await this.send(form.body, form.key)
        await this.discard(form.key)
        flushed.sent.push(form.key)
      } catch (thrown) {
        const problem = asProblem(thrown)
        if (problem.passing || problem.status === 401) break
        const { code, detail, params } = problem
        if (await this.waits(form.key))
          await (await this.database).put("outbox", { ...form, refused: { code, detail, params } })
        flushed.refused.push(problem)
      }
    }
    flushed.left = (await this.waiting(owner)).filter((form) => !form.refused).length
    return flushed
  }
}
