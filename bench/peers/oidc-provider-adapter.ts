// Plain maps that keep oidc-provider's objects: the least an adapter can do, so that its best figure is seen too.
interface Payload {
  readonly uid?: string
  readonly grantId?: string
  consumed?: number
}

export function openAdapter(): (model: string) => object {
  const kept = new Map<string, Payload>()
  const sessions = new Map<string, string>()
  const ofGrant = new Map<string, string[]>()
  return (model) => {
    const key = (id: string): string => `${model}:${id}`
    const find = (id: string): Promise<Payload | undefined> => Promise.resolve(kept.get(key(id)))
    return {
      find,
      findByUid: (uid: string) => find(sessions.get(uid) ?? ''),
      findByUserCode: () => Promise.resolve(undefined),
      destroy: (id: string) => Promise.resolve(void kept.delete(key(id))),
      consume: (id: string) => {
        kept.get(key(id))!.consumed = Math.floor(Date.now() / 1_000)
        return Promise.resolve()
      },
      upsert: (id: string, payload: Payload) => {
        kept.set(key(id), payload)
        if (model === 'Session' && payload.uid) sessions.set(payload.uid, id)
        if (payload.grantId) {
          const members = ofGrant.get(payload.grantId)
          if (members) members.push(key(id))
          else ofGrant.set(payload.grantId, [key(id)])
        }
        return Promise.resolve()
      },
      revokeByGrantId: (grantId: string) => {
        for (const one of ofGrant.get(grantId) ?? []) kept.delete(one)
        ofGrant.delete(grantId)
        return Promise.resolve()
      },
    }
  }
}
