// One operation of the control API, as data: what it takes, what it answers, how it is tried. The table of them is
// operations.ts; it is served by serve-operation.ts and written down by scripts/make-control-api.ts.
import type { Context } from 'hono'
import type { InferOutput } from 'valibot'
import type { ControlParts } from './control-parts.ts'
import type { schemas } from './schemas/schemas.ts'

export type SchemaName = keyof typeof schemas
export type Shape<Name extends SchemaName> = InferOutput<(typeof schemas)[Name]>

export interface Example {
  readonly path?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly body?: object
}

export interface QueryValue {
  readonly type: 'string' | 'integer' | 'boolean'
  readonly about: string
}

export interface ControlCall<Body = unknown> {
  readonly c: Context
  readonly parts: ControlParts
  readonly body: Body
  /** A part of the path, decoded. */
  param(name: string): string
  /** A text of the query, checked by the operation's `query`. */
  text(name: string): string | undefined
  integer(name: string): number | undefined
}

interface Description {
  /** Its name in the OpenAPI file. */
  readonly id: string
  /** Method and path, as in `PATCH /users/:user`. */
  readonly call: string
  /** What it does, in one line. */
  readonly does: string
  readonly query?: Readonly<Record<string, QueryValue>>
  /** Needs the token of the file: no portal token will do. */
  readonly ownerOnly?: true
  /** Tried by a test, in the order of the table. */
  readonly examples: readonly Example[]
}

export interface Operation extends Description {
  readonly body?: SchemaName
  /** Bodies that are no JSON. */
  readonly media?: readonly string[]
  readonly answer: SchemaName | { readonly media: string; readonly line?: SchemaName }
  readonly status: 200 | 201 | 202
  serve(call: ControlCall<never>): unknown
}

type Given<T> = T extends readonly (infer One)[]
  ? readonly Given<One>[]
  : T extends object
    ? { readonly [Key in keyof T]: Given<T[Key]> }
    : T
type Answer<Name extends SchemaName> = Given<Shape<Name>> | Promise<Given<Shape<Name>>>

/** JSON in, where `body` names its schema, and JSON out. */
export function operation<Out extends SchemaName, In extends SchemaName = never>(
  o: Description & {
    readonly body?: In
    readonly answer: Out
    readonly status?: Operation['status']
    serve(call: ControlCall<[In] extends [never] ? undefined : Shape<In>>): Answer<Out>
  },
): Operation {
  return { status: 200, ...o } as Operation
}

/** Answers with something else than one JSON value: a stream, a file. */
export function streaming(
  o: Description & {
    readonly media?: readonly string[]
    readonly answer: Operation['answer']
    serve(call: ControlCall): Response | object | Promise<Response | object>
  },
): Operation {
  return { status: 200, ...o } as Operation
}
