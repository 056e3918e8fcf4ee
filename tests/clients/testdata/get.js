// Calls a URL in one of the ways that Node.js has, and prints the answer.
const [, , way, url] = process.argv;
const http = require('http');

function get(agent) {
  http.get(url, { agent, timeout: 2000 }, (response) => response.pipe(process.stdout))
    .on('timeout', function () { this.destroy(new Error('timeout')); })
    .on('error', fail);
}

function fail(error) {
  console.error(String(error));
  process.exit(1);
}

setTimeout(() => fail('timeout'), 4000).unref();
switch (way) {
  case 'http': get(); break;
  case 'fetch': fetch(url).then((r) => r.text()).then((text) => process.stdout.write(text), fail); break;
  case 'proxy-agent': get(new (require('proxy-agent').ProxyAgent)()); break;
  case 'axios': require('axios').get(url, { timeout: 2000 }).then((r) => process.stdout.write(r.data), fail); break;
  case 'axios with proxy-agent':
    require('axios').get(url, { timeout: 2000, proxy: false, httpAgent: new (require('proxy-agent').ProxyAgent)() })
      .then((r) => process.stdout.write(r.data), fail);
    break;
  case '@grpc/grpc-js': {
    const grpc = require('@grpc/grpc-js');
    const client = new grpc.Client(new URL(url).host, grpc.credentials.createInsecure());
    client.waitForReady(Date.now() + 2000, (error) => (error ? fail(error) : process.exit(0)));
    break;
  }
  default: fail(way);
}
