// The platform's gateway as a client: its libraries, its proto-loader options.
//
// Reads one JSON question a line ({address, method, request}; image_data in base64) and answers each with
// one JSON line: what the gateway's code would hold in its hands.
'use strict';

const readline = require('node:readline');
const grpc = require('@grpc/grpc-js');
const protoLoader = require('@grpc/proto-loader');

const DEADLINE_MS = 60_000;

const definition = protoLoader.loadSync(process.argv[2], {
  keepCase: true,
  longs: String,
  enums: String,
  defaults: true,
  oneofs: true,
  bytes: Array,
});
const contract = grpc.loadPackageDefinition(definition).nose_embedder;
const clients = new Map();

function clientOf(address) {
  if (!clients.has(address)) {
    clients.set(address, new contract.NoseEmbedderService(address, grpc.credentials.createInsecure()));
  }
  return clients.get(address);
}

function numberOf(errorCode) {
  const value = contract.MLErrorCode.type.value.find((each) => each.name === errorCode);
  return value ? value.number : null;
}

function ask({ address, method, request }) {
  const sent = 'image_data' in request ? { ...request, image_data: Buffer.from(request.image_data, 'base64') } : request;
  return new Promise((resolve) => {
    clientOf(address)[method](sent, { deadline: Date.now() + DEADLINE_MS }, (error, response) => {
      if (error) {
        resolve({ status: error.code, details: error.details });
      } else {
        resolve({
          status: grpc.status.OK,
          response,
          number: numberOf(response.error_code),
          vector_json: JSON.stringify(response.vector),
        });
      }
    });
  });
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await ask(JSON.parse(line)))}\n`);
  }
  clients.forEach((client) => client.close());
}

main();
