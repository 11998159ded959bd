// Runs an original TensorFlow.js model on raw float32 input, with the TensorFlow.js CPU backend, and writes raw outputs.
// usage: node tfjs_outputs.mjs graph|layers MODEL.json WEIGHTS.bin SHAPE INPUT.f32 OUTPUT_PREFIX [OUTPUT_NODE…]
import fs from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import { loadLayersModel } from '@tensorflow/tfjs-layers';

const [kind, modelPath, weightsPath, shape, inputPath, prefix, ...nodes] = process.argv.slice(2);
const json = JSON.parse(fs.readFileSync(modelPath, 'utf8'));
const raw = fs.readFileSync(weightsPath);
const artifacts = {
  modelTopology: json.modelTopology,
  format: json.format,
  signature: json.signature,
  userDefinedMetadata: json.userDefinedMetadata,
  weightSpecs: json.weightsManifest.flatMap((group) => group.weights),
  weightData: raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength),
};
await tf.setBackend('cpu');
const handler = { load: async () => artifacts };
const model = kind === 'graph' ? await loadGraphModel(handler) : await loadLayersModel(handler);
const bytes = fs.readFileSync(inputPath);
const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
const input = tf.tensor(values, shape.split(',').map(Number));
const outputs = kind === 'graph' ? model.execute(input, nodes) : model.predict(input);
for (const [index, output] of (Array.isArray(outputs) ? outputs : [outputs]).entries()) {
  const data = await output.data();
  fs.writeFileSync(`${prefix}${index}.f32`, Buffer.from(new Float32Array(data).buffer));
  console.log(index, output.shape.join('x'));
}
