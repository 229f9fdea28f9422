/** Numbers of entra.md section 6 that the tenant never answers: why no client can provoke them here. */
export const unprovokable: Readonly<Record<number, string>> = {}
