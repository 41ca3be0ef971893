import { z } from 'zod'

// Before any schema exists: zod otherwise probes `new Function`, which the content security policy reports.
z.config({ jitless: true })
