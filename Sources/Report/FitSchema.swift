/// The JSON Schema of what models need and what runs them.
public enum FitSchema {
  /// The schema of ``FitReport`` (draft 2020-12), as `inspect schema fit` prints it.
  ///
  /// Every key is required; further keys are allowed, as adding one is compatible.
  public static let text = #"""
    {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "title": "inspect fit",
      "description": "The document that inspect fit --json writes.",
      "type": "object",
      "required": ["schema", "tool", "request", "models", "recommendation"],
      "properties": {
        "schema": {"const": "inspect-fit/1"},
        "tool": {
          "type": "object",
          "required": ["name", "version"],
          "properties": {"name": {"type": "string"}, "version": {"type": "string"}}
        },
        "request": {
          "type": "object",
          "required": ["memory_bytes", "context", "batch", "kv", "runtime", "hardware"],
          "properties": {
            "memory_bytes": {"type": ["integer", "null"], "minimum": 0},
            "context": {"type": ["integer", "null"], "minimum": 1},
            "batch": {"type": "integer", "minimum": 1},
            "kv": {"type": ["string", "null"]},
            "runtime": {"type": ["string", "null"]},
            "hardware": {"type": ["string", "null"]}
          }
        },
        "models": {"type": "array", "items": {"$ref": "#/$defs/candidate"}},
        "recommendation": {
          "anyOf": [
            {
              "type": "object",
              "required": ["path", "reason"],
              "properties": {"path": {"type": "string"}, "reason": {"type": "string"}}
            },
            {"type": "null"}
          ]
        }
      },
      "$defs": {
        \#(ReportSchema.problem),
        "candidate": {
          "type": "object",
          "required": [
            "path", "status", "problems", "format", "file_role", "obstacle", "network",
            "architecture", "doubts", "scheme", "variant", "parameters", "stored_bytes",
            "bits_per_weight", "context_length", "memory", "runtimes", "quality", "measured"
          ],
          "properties": {
            "path": {"type": "string"},
            "status": {"type": "string", "enum": ["ok", "invalid", "unreadable"]},
            "problems": {"type": "array", "items": {"$ref": "#/$defs/problem"}},
            "format": {"type": ["string", "null"], "enum": ["safetensors", "gguf", null]},
            "file_role": {"type": "string"},
            "obstacle": {"type": ["string", "null"]},
            "network": {"type": "string"},
            "architecture": {"type": ["string", "null"]},
            "doubts": {"type": "array", "items": {"type": "string"}},
            "scheme": {"type": ["string", "null"]},
            "variant": {"type": ["string", "null"]},
            "parameters": {"type": ["integer", "null"], "minimum": 0},
            "stored_bytes": {"type": "integer", "minimum": 0},
            "bits_per_weight": {"type": ["number", "null"], "minimum": 0},
            "context_length": {"type": ["integer", "null"]},
            "memory": {"$ref": "#/$defs/memory"},
            "runtimes": {"type": "array", "items": {"$ref": "#/$defs/runtime"}},
            "quality": {"anyOf": [{"$ref": "#/$defs/quality"}, {"type": "null"}]},
            "measured": {
              "anyOf": [
                {
                  "type": "object",
                  "required": ["against", "kind", "headline", "matrix_error", "numbers"],
                  "properties": {
                    "against": {"type": "string"},
                    "kind": {"type": "string"},
                    "headline": {"type": "string"},
                    "matrix_error": {"type": ["number", "null"], "minimum": 0},
                    "numbers": {"$ref": "#/$defs/numbers"}
                  }
                },
                {"type": "null"}
              ]
            }
          }
        },
        "memory": {
          "type": "object",
          "required": [
            "context", "kv", "lines", "minimum_bytes", "total_bytes", "fits", "largest_context",
            "cache_source", "unknown", "assumptions"
          ],
          "properties": {
            "context": {"type": "integer", "minimum": 1},
            "kv": {"type": "string"},
            "lines": {
              "type": "array",
              "items": {
                "type": "object",
                "required": ["item", "bytes", "estimate", "formula", "inputs"],
                "properties": {
                  "item": {"type": "string"},
                  "bytes": {"type": ["integer", "null"], "minimum": 0},
                  "estimate": {"type": "boolean"},
                  "formula": {"type": "string"},
                  "inputs": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "required": ["name", "value"],
                      "properties": {"name": {"type": "string"}, "value": {"type": "number"}}
                    }
                  }
                }
              }
            },
            "minimum_bytes": {"type": ["integer", "null"], "minimum": 0},
            "total_bytes": {"type": ["integer", "null"], "minimum": 0},
            "fits": {"type": ["boolean", "null"]},
            "largest_context": {"type": ["integer", "null"], "minimum": 0},
            "cache_source": {"type": ["string", "null"]},
            "unknown": {"type": "array", "items": {"type": "string"}},
            "assumptions": {"type": "array", "items": {"type": "string"}}
          }
        },
        "runtime": {
          "type": "object",
          "required": [
            "runtime", "version", "support", "needs", "note", "weight_bytes", "total_bytes",
            "fits", "source", "date"
          ],
          "properties": {
            "runtime": {"type": "string"},
            "version": {"type": ["string", "null"]},
            "support": {"type": "string"},
            "needs": {"type": ["string", "null"]},
            "note": {"type": ["string", "null"]},
            "weight_bytes": {"type": ["integer", "null"], "minimum": 0},
            "total_bytes": {"type": ["integer", "null"], "minimum": 0},
            "fits": {"type": ["boolean", "null"]},
            "source": {"type": "string"},
            "date": {"type": "string", "pattern": "^\\d{4}-\\d{2}(-\\d{2})?$"}
          }
        },
        "quality": {
          "type": "object",
          "required": [
            "recipe", "perplexity_rise", "divergence", "uses_importance", "model", "source"
          ],
          "properties": {
            "recipe": {"type": "string"},
            "perplexity_rise": {"type": "number"},
            "divergence": {"type": "number"},
            "uses_importance": {"type": "boolean"},
            "model": {"type": "string"},
            "source": {"type": "string"}
          }
        },
        \#(DiffSchema.numbers)
      }
    }

    """#
}
