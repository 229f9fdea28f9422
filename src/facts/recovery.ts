/** The one way out of an error. `retry`: safe to run again later. `report`: nobody can act on it but us or Microsoft. */
export type Recovery = 'retry' | 'sign-in-again' | 'ask-admin' | 'fix-configuration' | 'report'
