import { Controller, Get, Header } from '@nestjs/common';
import { HttpServerOptions } from './http-options.js';
import { openApi } from './openapi.js';
import { REFERENCE_CSP, referencePage } from './reference-page.js';
import { ROUTES } from './routes.js';

@Controller()
export class ReferenceController {
  private readonly document: ReturnType<typeof openApi>;
  private readonly page: string;

  constructor({ version }: HttpServerOptions) {
    this.document = openApi(version);
    this.page = referencePage(ROUTES, version);
  }

  @Get('openapi.json')
  openApi() {
    return this.document;
  }

  @Get('docs')
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', REFERENCE_CSP)
  docs(): string {
    return this.page;
  }
}
