/** The part of the Compose file format that we use: a key that is not here is a slip or needs a thought. */
const text = { type: 'string', minLength: 1 }
const words = { type: 'array', items: text, minItems: 1, uniqueItems: false }
const duration = { type: 'string', pattern: '^(\\d+(ms|s|m|h))+$' }
const extension = { '^x-': {} }

const environment = {
  type: 'object',
  patternProperties: { '^[A-Z][A-Z0-9_]*$': { type: ['string', 'number', 'boolean', 'null'] } },
  additionalProperties: false,
}

const healthcheck = {
  type: 'object',
  properties: {
    test: {
      type: 'array',
      items: text,
      minItems: 2,
      prefixItems: [{ enum: ['CMD', 'CMD-SHELL'] }],
    },
    interval: duration,
    timeout: duration,
    start_period: duration,
    retries: { type: 'integer', minimum: 1 },
  },
  required: ['test', 'interval', 'timeout', 'retries', 'start_period'],
  additionalProperties: false,
}

const dependsOn = {
  type: 'object',
  additionalProperties: {
    type: 'object',
    properties: {
      condition: { enum: ['service_started', 'service_healthy', 'service_completed_successfully'] },
      restart: { type: 'boolean' },
      required: { type: 'boolean' },
    },
    required: ['condition'],
    additionalProperties: false,
  },
}

const service = {
  type: 'object',
  properties: {
    image: text,
    build: {
      type: 'object',
      properties: { context: text, dockerfile: text, target: text, args: environment },
      required: ['context'],
      additionalProperties: false,
    },
    command: { anyOf: [text, words] },
    entrypoint: { anyOf: [text, words] },
    environment,
    depends_on: dependsOn,
    healthcheck,
    ports: words,
    volumes: words,
    networks: words,
    tmpfs: words,
    cap_drop: words,
    security_opt: words,
    restart: { type: 'string', pattern: '^(no|always|unless-stopped|on-failure(:\\d+)?)$' },
    stop_grace_period: duration,
    deploy: {
      type: 'object',
      properties: { replicas: { type: 'integer', minimum: 1 } },
      required: ['replicas'],
      additionalProperties: false,
    },
    shm_size: { type: 'string', pattern: '^\\d+(b|kb|mb|gb)$' },
    init: { type: 'boolean' },
    read_only: { type: 'boolean' },
  },
  required: ['image', 'restart', 'networks'],
  patternProperties: extension,
  additionalProperties: false,
}

const namedParts = (part: object): object => ({
  type: 'object',
  patternProperties: { '^[a-zA-Z0-9._-]+$': part },
  additionalProperties: false,
})

export const composeSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties: {
    name: { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]*$' },
    services: namedParts(service),
    networks: namedParts({
      type: ['object', 'null'],
      properties: { internal: { type: 'boolean' }, driver: text },
      additionalProperties: false,
    }),
    volumes: namedParts({
      type: ['object', 'null'],
      properties: { driver: text },
      additionalProperties: false,
    }),
  },
  required: ['services'],
  patternProperties: extension,
  additionalProperties: false,
}
