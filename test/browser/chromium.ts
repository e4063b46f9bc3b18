import {type Browser, chromium} from 'playwright-core';

/** With both GPU interfaces on SwiftShader, so that what runs does not depend on the machine. */
export const launchChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath: process.env['CHROME_PATH'],
    args: [
      '--no-sandbox',
      '--use-angle=swiftshader',
      '--enable-unsafe-swiftshader',
      '--enable-unsafe-webgpu',
      '--use-webgpu-adapter=swiftshader',
    ],
  });
