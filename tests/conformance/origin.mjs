// The suite's own origin server, on loopback alone and on a port that the system chooses.
//   node origin.mjs FOLDER_OF_SERVER PIDFILE
import net from 'node:net'
import { pathToFileURL } from 'node:url'

const [folder, pidfile] = process.argv.slice(2)

// The suite says `listen(port)`, which is every address of the machine.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (_port, ...rest) {
  this.on('listening', () => console.log(`origin on port ${this.address().port}`))
  return listen.call(this, { host: '127.0.0.1', port: 0 }, ...rest)
}

// How `npm run server --port=...` tells it.
process.env.npm_config_protocol = 'http'
process.env.npm_config_port = '1' // only for reading targets
process.env.npm_config_pidfile = pidfile
await import(pathToFileURL(`${folder}/server.mjs`))
