export { AuditModule } from './audit.module.js';
export { ExportAudit } from './export-audit.query.js';
export { EXPORT_FORMATS } from './formats.js';
