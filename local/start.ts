import { launch } from './launch.ts'

const exitCode = await launch({ isDev: process.argv.includes('--dev') })
// Database and Temporal clients may still hold sockets; everything that matters has been stopped.
process.exit(exitCode)
