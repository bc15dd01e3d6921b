import type { Shelf, Waiting } from "./outbox"

const DATABASE = "yizhan"
const STORE = "outbox"

const settled = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result)
    }
    request.onerror = () => {
      reject(request.error ?? new Error("IndexedDB failed"))
    }
  })

function open(factory: IDBFactory): Promise<IDBDatabase> {
  const request = factory.open(DATABASE, 1)
  request.onupgradeneeded = () => {
    request.result.createObjectStore(STORE, { keyPath: "key" })
  }
  return settled(request)
}

/** The outbox's shelf in IndexedDB: survives closing the page. */
export class IndexedShelf implements Shelf {
  private database: Promise<IDBDatabase> | null = null

  constructor(private readonly factory: IDBFactory = indexedDB) {}

  private async store(mode: IDBTransactionMode): Promise<IDBObjectStore> {
    this.database ??= open(this.factory)
    return (await this.database).transaction(STORE, mode).objectStore(STORE)
  }

  async all(): Promise<Waiting[]> {
    return settled<Waiting[]>((await this.store("readonly")).getAll() as IDBRequest<Waiting[]>)
  }

  async put(form: Waiting): Promise<void> {
    await settled((await this.store("readwrite")).put(structuredClone(form)))
  }

  async remove(key: string): Promise<void> {
    await settled((await this.store("readwrite")).delete(key))
  }
}
