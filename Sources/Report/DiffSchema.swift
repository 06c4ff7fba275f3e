/// The JSON Schema of a comparison.
public enum DiffSchema {
  /// The schema of ``DiffReport`` (draft 2020-12), as `inspect schema diff` prints it.
  ///
  /// Every key is required; further keys are allowed, as adding one is compatible.
  public static let text = #"""
    {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "title": "inspect diff",
      "description": "The document that inspect diff --json writes.",
      "type": "object",
      "required": [
        "schema", "tool", "reference", "other", "same", "account", "structure", "totals", "roles",
        "layers", "types", "histogram", "ranks", "tensors"
      ],
      "properties": {
        "schema": {"const": "inspect-diff/1"},
        "tool": {
          "type": "object",
          "required": ["name", "version"],
          "properties": {"name": {"type": "string"}, "version": {"type": "string"}}
        },
        "reference": {"$ref": "#/$defs/side"},
        "other": {"$ref": "#/$defs/side"},
        "same": {"type": "boolean"},
        "account": {"$ref": "#/$defs/account"},
        "structure": {"$ref": "#/$defs/structure"},
        "totals": {"$ref": "#/$defs/numbers"},
        "roles": {"type": "array", "items": {"$ref": "#/$defs/group"}},
        "layers": {"type": "array", "items": {"$ref": "#/$defs/group"}},
        "types": {"type": "array", "items": {"$ref": "#/$defs/group"}},
        "histogram": {
          "type": "object",
          "required": ["edges", "tensors"],
          "properties": {
            "edges": {"type": "array", "minItems": 1, "items": {"type": "number", "minimum": 0}},
            "tensors": {"type": "array", "minItems": 1, "items": {"type": "integer", "minimum": 0}}
          }
        },
        "ranks": {"type": "array", "items": {"$ref": "#/$defs/rank"}},
        "tensors": {"type": "array", "items": {"$ref": "#/$defs/tensor"}}
      },
      "$defs": {
        \#(ReportSchema.problem),
        "side": {
          "type": "object",
          "required": [
            "path", "format", "tensors", "parameters", "stored_bytes", "status", "problems"
          ],
          "properties": {
            "path": {"type": "string"},
            "format": {"type": ["string", "null"], "enum": ["safetensors", "gguf", null]},
            "tensors": {"type": "integer", "minimum": 0},
            "parameters": {"type": "integer", "minimum": 0},
            "stored_bytes": {"type": "integer", "minimum": 0},
            "status": {"type": "string", "enum": ["ok", "invalid", "unreadable"]},
            "problems": {"type": "array", "items": {"$ref": "#/$defs/problem"}}
          }
        },
        "account": {
          "type": "object",
          "required": ["kind", "headline", "confidence", "evidence"],
          "properties": {
            "kind": {
              "type": "string",
              "enum": [
                "identical", "cast", "rounded", "quantized", "pruned", "reference_rounded",
                "reference_quantized", "reference_pruned", "lora_merged", "fine_tuned",
                "layers_moved", "width_pruned", "restructured", "scaled", "experts_moved",
                "reordered", "few_values", "adapter", "mixed", "unrelated", "unknown",
                "requantized", "quantized_changed", "partly_changed"
              ]
            },
            "headline": {"type": "string"},
            "confidence": {"type": "number", "minimum": 0, "maximum": 1},
            "evidence": {"type": "array", "items": {"type": "string"}}
          }
        },
        "structure": {
          "type": "object",
          "required": [
            "added", "removed", "added_bookkeeping", "removed_bookkeeping", "metadata",
            "layer_maps"
          ],
          "properties": {
            "added": {"type": "array", "items": {"type": "string"}},
            "removed": {"type": "array", "items": {"type": "string"}},
            "added_bookkeeping": {"type": "integer", "minimum": 0},
            "removed_bookkeeping": {"type": "integer", "minimum": 0},
            "metadata": {
              "type": "array",
              "items": {
                "type": "object",
                "required": ["key", "reference", "other"],
                "properties": {"key": {"type": "string"}}
              }
            },
            "layer_maps": {
              "type": "array",
              "items": {
                "type": "object",
                "required": ["stack", "sources", "correlations"],
                "properties": {
                  "stack": {"type": "string"},
                  "sources": {"type": "array", "items": {"type": ["integer", "null"]}},
                  "correlations": {"type": "array", "items": {"type": "number"}}
                }
              }
            }
          }
        },
        "group": {
          "type": "object",
          "required": ["name", "tensors", "numbers"],
          "properties": {
            "name": {"type": "string"},
            "tensors": {"type": "integer", "minimum": 1},
            "numbers": {"$ref": "#/$defs/numbers"}
          }
        },
        "rank": {
          "type": "object",
          "required": ["name", "rank", "size", "energy", "low"],
          "properties": {
            "name": {"type": "string"},
            "rank": {"type": "integer", "minimum": 0},
            "size": {"type": "integer", "minimum": 0},
            "energy": {"type": "number"},
            "low": {"type": "boolean"}
          }
        },
        "tensor": {
          "type": "object",
          "required": [
            "name", "reference_name", "role", "layer", "reference_storage", "storage",
            "reference_shape", "shape", "order", "partial", "change", "numbers"
          ],
          "properties": {
            "name": {"type": "string"},
            "reference_name": {"type": "string"},
            "role": {"type": "string"},
            "layer": {"type": ["integer", "null"]},
            "reference_storage": {"type": "string"},
            "storage": {"type": "string"},
            "reference_shape": {"type": "array", "items": {"type": "integer", "minimum": 0}},
            "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}},
            "order": {
              "type": "string",
              "enum": [
                "same", "interleaved", "separated", "transposed", "grouped", "ungrouped",
                "repeated", "selected"
              ]
            },
            "partial": {"type": "boolean"},
            "change": {
              "type": "string",
              "enum": [
                "identical", "cast", "rounded", "unrounded", "quantized", "unquantized", "pruned",
                "filled", "scaled", "changed", "unrelated", "reshaped", "unread",
                "requantized", "quantized_changed"
              ]
            },
            "numbers": {"anyOf": [{"$ref": "#/$defs/numbers"}, {"type": "null"}]}
          }
        },
        \#(numbers)
      }
    }

    """#

  /// The definition of how far numbers are apart, which `inspect fit` writes too.
  static let numbers = #"""
    "numbers": {
          "type": "object",
          "required": [
            "weights", "max_abs", "mean_abs", "rmse", "relative_rmse", "cosine", "snr_db",
            "identical_fraction", "sign_flips", "new_zeros", "filled_zeros", "not_finite"
          ],
          "properties": {
            "weights": {"type": "integer", "minimum": 0},
            "max_abs": {"type": ["number", "null"], "minimum": 0},
            "mean_abs": {"type": ["number", "null"], "minimum": 0},
            "rmse": {"type": ["number", "null"], "minimum": 0},
            "relative_rmse": {"type": ["number", "null"], "minimum": 0},
            "cosine": {"type": ["number", "null"], "minimum": -1, "maximum": 1},
            "snr_db": {"type": ["number", "null"]},
            "identical_fraction": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
            "sign_flips": {"type": "integer", "minimum": 0},
            "new_zeros": {"type": "integer", "minimum": 0},
            "filled_zeros": {"type": "integer", "minimum": 0},
            "not_finite": {"type": "integer", "minimum": 0}
          }
        }
    """#
}
