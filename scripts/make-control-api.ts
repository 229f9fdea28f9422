// Makes docs/reference/control-api.openapi.json from the table that the control API is served by. Usage: no arguments.
import { writeFileSync } from 'node:fs'
import { toJsonSchemaDefs } from '@valibot/to-json-schema'
import type { GenericSchema } from 'valibot'
import type { Example, Operation } from '../src/tenant/control/operation.ts'
import { operations } from '../src/tenant/control/operations.ts'
import { schemas } from '../src/tenant/control/schemas/schemas.ts'
import { base } from '../src/tenant/control/serve-operation.ts'

export const controlApiFile = new URL('../docs/reference/control-api.openapi.json', import.meta.url)

export function describeControlApi(): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const one of operations) {
    const [method, path] = one.call.split(' ') as [string, string]
    const at = base + path.replace(/:(\w+)/g, '{$1}')
    paths[at] = { ...paths[at], [method.toLowerCase()]: describe(one, path) }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Control API of Letterlock’s local tenant',
      version: '1',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        'For tests and for the owner of a local tenant; no part of Microsoft’s interfaces. Every call takes the token of the file control.token in the data folder as a bearer token, or the Graph token of a person with the directory role "Lab Operator". Never a cookie; a web page of another origin is refused.',
    },
    servers: [
      { url: 'http://127.0.0.1:4365', description: '`letterlock tenant status` says where yours is' },
    ],
    security: [{ controlToken: [] }],
    paths,
    components: {
      securitySchemes: { controlToken: { type: 'http', scheme: 'bearer' } },
      schemas: toJsonSchemaDefs(schemas as Record<string, GenericSchema>, {
        target: 'draft-2020-12',
        overrideRef: ({ referenceId }) => refTo(referenceId),
      }),
    },
  }
}

const refTo = (name: string): string => `#/components/schemas/${name}`

function describe(one: Operation, path: string): object {
  const [example] = one.examples
  const parts = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
    ...exampleOf(example?.path?.[name!]),
  }))
  const queries = Object.entries(one.query ?? {}).map(([name, { type, about }]) => ({
    name,
    in: 'query',
    description: about,
    schema: { type },
  }))
  const parameters = [...parts, ...queries]
  return {
    operationId: one.id,
    summary: one.does,
    ...(one.ownerOnly ? { description: 'Takes the token of the file alone.' } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...requestBody(one),
    responses: {
      [one.status]: { description: 'Done', content: answerOf(one) },
      default: { description: 'Refused', content: json('Problem') },
    },
  }
}

const exampleOf = (example: string | undefined): object => (example === undefined ? {} : { example })

function requestBody(one: Operation): object {
  if (one.media) {
    const content = Object.fromEntries(one.media.map((media) => [media, {}]))
    return { requestBody: { required: true, content } }
  }
  if (!one.body) return {}
  const examples = Object.fromEntries(one.examples.map(bodyExample))
  return {
    requestBody: { required: true, content: { 'application/json': { ...schemaOf(one.body), examples } } },
  }
}

const bodyExample = ({ body }: Example, index: number): [string, object] => [
  `example${index + 1}`,
  { value: body ?? {} },
]

function answerOf({ answer }: Operation): object {
  if (typeof answer === 'string') return json(answer)
  const { media, line } = answer
  return { [media]: line ? { ...schemaOf(line), description: undefined } : {} }
}

const json = (name: string): object => ({ 'application/json': schemaOf(name) })
const schemaOf = (name: string): object => ({ schema: { $ref: refTo(name) } })

export const controlApiText = (): string => `${JSON.stringify(describeControlApi(), null, 2)}\n`

if (import.meta.main) {
  writeFileSync(controlApiFile, controlApiText())
  console.log(`${operations.length} operations written`)
}
