/// The JSON Schema of the report.
public enum ReportSchema {
  /// The schema of ``ReportDocument`` (draft 2020-12), as `inspect schema` prints it.
  ///
  /// Every key is required; further keys are allowed, as adding one is compatible.
  public static let text = #"""
    {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "title": "inspect report",
      "description": "The document that inspect --json writes; a line of --jsonl is one report ($defs/report).",
      "type": "object",
      "required": ["schema", "tool", "reports"],
      "properties": {
        "schema": {"const": "inspect-report/1"},
        "tool": {
          "type": "object",
          "required": ["name", "version"],
          "properties": {"name": {"type": "string"}, "version": {"type": "string"}}
        },
        "reports": {"type": "array", "items": {"$ref": "#/$defs/report"}}
      },
      "$defs": {
        \#(problem),
        "file": {
          "type": "object",
          "required": [
            "path", "bytes", "header_bytes", "data_bytes", "version", "byte_order",
            "alignment"
          ],
          "properties": {
            "path": {"type": "string"},
            "bytes": {"type": "integer", "minimum": 0},
            "header_bytes": {"type": "integer", "minimum": 0},
            "data_bytes": {"type": "integer", "minimum": 0},
            "version": {"type": ["integer", "null"]},
            "byte_order": {"type": "string", "enum": ["little", "big"]},
            "alignment": {"type": ["integer", "null"]}
          }
        },
        "architecture": {
          "type": "object",
          "required": [
            "name", "source", "layers", "hidden_size", "heads", "kv_heads", "head_dim",
            "vocab_size", "context_length", "experts"
          ],
          "properties": {
            "name": {"type": ["string", "null"]},
            "source": {"type": "string"},
            "layers": {"type": ["integer", "null"]},
            "hidden_size": {"type": ["integer", "null"]},
            "heads": {"type": ["integer", "null"]},
            "kv_heads": {"type": ["integer", "null"]},
            "head_dim": {"type": ["integer", "null"]},
            "vocab_size": {"type": ["integer", "null"]},
            "context_length": {"type": ["integer", "null"]},
            "experts": {"type": ["integer", "null"]}
          }
        },
        "totals": {
          "type": "object",
          "required": ["tensors", "parameters", "stored_bytes", "bits_per_weight"],
          "properties": {
            "tensors": {"type": "integer", "minimum": 0},
            "parameters": {"type": "integer", "minimum": 0},
            "stored_bytes": {"type": "integer", "minimum": 0},
            "bits_per_weight": {"type": ["number", "null"]}
          }
        },
        "storage": {
          "type": "object",
          "required": ["type", "tensors", "elements", "bytes"],
          "properties": {
            "type": {"type": "string"},
            "tensors": {"type": "integer", "minimum": 0},
            "elements": {"type": "integer", "minimum": 0},
            "bytes": {"type": "integer", "minimum": 0}
          }
        },
        "grid": {
          "type": "object",
          "required": ["kind", "bits", "group_size", "share", "confidence"],
          "properties": {
            "kind": {
              "type": "string",
              "enum": ["uniform", "fp8_tile", "codebook", "ternary", "binary"]
            },
            "bits": {"type": "integer"},
            "group_size": {"type": ["integer", "null"]},
            "share": {"type": "number", "minimum": 0, "maximum": 1},
            "confidence": {"type": "number", "minimum": 0, "maximum": 1}
          }
        },
        "precision": {
          "type": "object",
          "required": [
            "storage", "storage_bits", "effective", "effective_bits", "entropy_bits",
            "lossless_type", "lossless_bytes", "container", "grid"
          ],
          "properties": {
            "storage": {"type": "string"},
            "storage_bits": {"type": ["number", "null"]},
            "effective": {"type": ["string", "null"]},
            "effective_bits": {"type": ["number", "null"]},
            "entropy_bits": {"type": ["number", "null"]},
            "lossless_type": {"type": ["string", "null"]},
            "lossless_bytes": {"type": ["integer", "null"]},
            "container": {"type": ["string", "null"], "enum": ["dfloat11", "zipnn", null]},
            "grid": {"anyOf": [{"$ref": "#/$defs/grid"}, {"type": "null"}]}
          }
        },
        "quantization": {
          "type": "object",
          "required": [
            "scheme", "bits", "group_size", "symmetric", "act_order", "variant",
            "bits_per_weight", "parameters", "share", "declared"
          ],
          "properties": {
            "scheme": {"type": "string"},
            "bits": {"type": ["number", "null"]},
            "group_size": {"type": ["integer", "null"]},
            "symmetric": {"type": ["boolean", "null"]},
            "act_order": {"type": ["boolean", "null"]},
            "variant": {"type": ["string", "null"]},
            "bits_per_weight": {"type": ["number", "null"]},
            "parameters": {"type": "integer", "minimum": 0},
            "share": {"type": "number", "minimum": 0, "maximum": 1},
            "declared": {"type": ["object", "null"]}
          }
        },
        "sparsity": {
          "type": "object",
          "required": [
            "zero_fraction", "zero_fraction_all", "prunable_parameters",
            "excess_zero_fraction", "measurable", "level", "pattern", "n", "m", "axis",
            "method_hint", "storage", "natural_zeros"
          ],
          "properties": {
            "zero_fraction": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
            "zero_fraction_all": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
            "prunable_parameters": {"type": "integer", "minimum": 0},
            "excess_zero_fraction": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
            "measurable": {"type": "boolean"},
            "level": {
              "type": ["string", "null"],
              "enum": ["none", "incidental", "partial", "half", "high", null]
            },
            "pattern": {
              "type": ["string", "null"],
              "enum": [
                "none", "unstructured", "n_m", "block", "rows", "columns", "neurons", "heads",
                "experts", null
              ]
            },
            "n": {"type": ["integer", "null"]},
            "m": {"type": ["integer", "null"]},
            "axis": {"type": ["string", "null"], "enum": ["in", "out", null]},
            "method_hint": {
              "type": ["string", "null"],
              "enum": ["magnitude", "score", "per_row", "random", null]
            },
            "storage": {
              "type": "string",
              "enum": ["dense", "bitmask", "bitmask_24", "marlin_24", "csr", "coo"]
            },
            "natural_zeros": {
              "type": "array",
              "items": {
                "type": "object",
                "required": ["tensor", "reason", "zeros"],
                "properties": {
                  "tensor": {"type": "string"},
                  "reason": {
                    "type": "string",
                    "enum": [
                      "mask", "padding_row", "unused_rows", "zero_initialised", "bias",
                      "filter_bank", "adapter_b", "underflow", "identity", "buffer",
                      "quantization"
                    ]
                  },
                  "zeros": {"type": "integer", "minimum": 0}
                }
              }
            }
          }
        },
        "classification": {
          "type": "object",
          "required": [
            "label", "labels", "headline", "confidence", "precision", "quantization",
            "sparsity", "distillation", "structure", "mismatches", "evidence"
          ],
          "properties": {
            "label": {
              "type": "string",
              "enum": [
                "sparse", "quantized", "pruned", "fp64", "fp32", "fp16", "bf16", "mixed",
                "none"
              ]
            },
            "labels": {
              "type": "array",
              "items": {
                "type": "string",
                "enum": [
                  "sparse", "quantized", "pruned", "fp64", "fp32", "fp16", "bf16", "mixed",
                  "none", "distilled"
                ]
              },
              "minItems": 1
            },
            "headline": {"type": "string"},
            "confidence": {"type": "number", "minimum": 0, "maximum": 1},
            "precision": {"$ref": "#/$defs/precision"},
            "quantization": {"anyOf": [{"$ref": "#/$defs/quantization"}, {"type": "null"}]},
            "sparsity": {"$ref": "#/$defs/sparsity"},
            "distillation": {
              "type": "object",
              "required": ["level", "confidence", "statement"],
              "properties": {
                "level": {
                  "type": "string",
                  "enum": ["none", "name", "family", "declared", "initialised_from"]
                },
                "confidence": {"type": "number", "minimum": 0, "maximum": 1},
                "statement": {"type": "string"}
              }
            },
            "structure": {
              "type": "object",
              "required": ["findings"],
              "properties": {
                "findings": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "required": ["code", "statement", "confidence"],
                    "properties": {
                      "code": {"type": "string"},
                      "statement": {"type": "string"},
                      "confidence": {"type": "number", "minimum": 0, "maximum": 1}
                    }
                  }
                }
              }
            },
            "mismatches": {
              "type": "array",
              "items": {
                "type": "object",
                "required": ["claim", "source", "measured"],
                "properties": {
                  "claim": {"type": "string"},
                  "source": {"type": "string"},
                  "measured": {"type": "string"}
                }
              }
            },
            "evidence": {
              "type": "array",
              "items": {
                "type": "object",
                "required": ["facet", "statement", "confidence"],
                "properties": {
                  "facet": {"type": "string"},
                  "statement": {"type": "string"},
                  "confidence": {"type": "number", "minimum": 0, "maximum": 1}
                }
              }
            }
          }
        },
        "measurement_summary": {
          "type": "object",
          "required": ["mode", "coverage", "bytes_read", "seconds"],
          "properties": {
            "mode": {"type": "string", "enum": ["exact", "sample", "header"]},
            "coverage": {"type": "number", "minimum": 0, "maximum": 1},
            "bytes_read": {"type": "integer", "minimum": 0},
            "seconds": {"type": "number", "minimum": 0}
          }
        },
        "sparsity_histogram": {
          "type": "object",
          "required": ["edges", "tensors", "parameters"],
          "properties": {
            "edges": {"type": "array", "items": {"type": "number"}, "minItems": 2},
            "tensors": {"type": "array", "items": {"type": "integer", "minimum": 0}},
            "parameters": {"type": "array", "items": {"type": "integer", "minimum": 0}}
          }
        },
        "quantiles": {
          "type": "object",
          "required": ["0.01", "0.05", "0.25", "0.5", "0.75", "0.95", "0.99"],
          "properties": {
            "0.01": {"type": ["number", "null"]},
            "0.05": {"type": ["number", "null"]},
            "0.25": {"type": ["number", "null"]},
            "0.5": {"type": ["number", "null"]},
            "0.75": {"type": ["number", "null"]},
            "0.95": {"type": ["number", "null"]},
            "0.99": {"type": ["number", "null"]}
          }
        },
        "n_m": {
          "type": "object",
          "required": ["n", "m", "axis", "compliance", "exact"],
          "properties": {
            "n": {"type": "integer"},
            "m": {"type": "integer"},
            "axis": {"type": "string", "enum": ["in", "out"]},
            "compliance": {"type": "number", "minimum": 0, "maximum": 1},
            "exact": {"type": "number", "minimum": 0, "maximum": 1}
          }
        },
        "blocks": {
          "type": "object",
          "required": ["rows", "columns", "zero_share", "explained"],
          "properties": {
            "rows": {"type": "integer"},
            "columns": {"type": "integer"},
            "zero_share": {"type": "number", "minimum": 0, "maximum": 1},
            "explained": {"type": "number", "minimum": 0, "maximum": 1}
          }
        },
        "histogram": {
          "type": "object",
          "required": ["kind", "edges", "counts"],
          "properties": {
            "kind": {"type": "string", "enum": ["linear", "log2_magnitude"]},
            "edges": {"type": "array", "items": {"type": "number"}},
            "counts": {"type": "array", "items": {"type": "integer", "minimum": 0}}
          }
        },
        "tensor_measurement": {
          "type": "object",
          "required": [
            "coverage", "count", "zeros", "zero_fraction", "near_zero_fraction", "nans",
            "infinities", "min", "max", "abs_max", "mean", "std", "quantiles", "distinct",
            "entropy_bits", "effective_type", "zero_rows", "zero_columns", "n_m", "blocks",
            "histogram"
          ],
          "properties": {
            "coverage": {"type": "number", "minimum": 0, "maximum": 1},
            "count": {"type": "integer", "minimum": 0},
            "zeros": {"type": "integer", "minimum": 0},
            "zero_fraction": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
            "near_zero_fraction": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
            "nans": {"type": "integer", "minimum": 0},
            "infinities": {"type": "integer", "minimum": 0},
            "min": {"type": ["number", "null"]},
            "max": {"type": ["number", "null"]},
            "abs_max": {"type": ["number", "null"]},
            "mean": {"type": ["number", "null"]},
            "std": {"type": ["number", "null"]},
            "quantiles": {"anyOf": [{"$ref": "#/$defs/quantiles"}, {"type": "null"}]},
            "distinct": {"type": ["integer", "null"]},
            "entropy_bits": {"type": ["number", "null"]},
            "effective_type": {"type": ["string", "null"]},
            "zero_rows": {"type": ["integer", "null"]},
            "zero_columns": {"type": ["integer", "null"]},
            "n_m": {"anyOf": [{"$ref": "#/$defs/n_m"}, {"type": "null"}]},
            "blocks": {"anyOf": [{"$ref": "#/$defs/blocks"}, {"type": "null"}]},
            "histogram": {"anyOf": [{"$ref": "#/$defs/histogram"}, {"type": "null"}]}
          }
        },
        "tensor": {
          "type": "object",
          "required": [
            "name", "file", "type", "shape", "logical_shape", "elements", "parameters",
            "bytes", "offset", "role", "measurement"
          ],
          "properties": {
            "name": {"type": "string"},
            "file": {"type": "string"},
            "type": {"type": "string"},
            "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}},
            "logical_shape": {"type": ["array", "null"], "items": {"type": "integer", "minimum": 0}},
            "elements": {"type": ["integer", "null"]},
            "parameters": {"type": "integer", "minimum": 0},
            "bytes": {"type": "integer", "minimum": 0},
            "offset": {"type": "integer", "minimum": 0},
            "role": {"type": "string"},
            "measurement": {"anyOf": [{"$ref": "#/$defs/tensor_measurement"}, {"type": "null"}]}
          }
        },
        "report": {
          "type": "object",
          "required": [
            "path", "status", "problems", "format", "files", "file_role", "architecture",
            "metadata", "totals", "storage", "classification", "measurement",
            "sparsity_histogram", "tensors"
          ],
          "properties": {
            "path": {"type": "string"},
            "status": {"type": "string", "enum": ["ok", "invalid", "unreadable"]},
            "problems": {"type": "array", "items": {"$ref": "#/$defs/problem"}},
            "format": {"type": ["string", "null"], "enum": ["safetensors", "gguf", null]},
            "files": {"type": "array", "items": {"$ref": "#/$defs/file"}},
            "file_role": {
              "type": "string",
              "enum": [
                "model", "part", "adapter", "delta", "vocabulary", "importance_matrix",
                "projector", "embedding", "other"
              ]
            },
            "architecture": {"anyOf": [{"$ref": "#/$defs/architecture"}, {"type": "null"}]},
            "metadata": {"type": "object"},
            "totals": {"$ref": "#/$defs/totals"},
            "storage": {"type": "array", "items": {"$ref": "#/$defs/storage"}},
            "classification": {"$ref": "#/$defs/classification"},
            "measurement": {"$ref": "#/$defs/measurement_summary"},
            "sparsity_histogram": {"$ref": "#/$defs/sparsity_histogram"},
            "tensors": {"type": "array", "items": {"$ref": "#/$defs/tensor"}}
          }
        }
      }
    }

    """#

  /// The definition of a problem, which every document has.
  static let problem = #"""
    "problem": {
          "type": "object",
          "required": ["severity", "code", "message", "file", "tensor", "byte_offset"],
          "properties": {
            "severity": {"type": "string", "enum": ["error", "warning", "note"]},
            "code": {"type": "string", "pattern": "^[a-z0-9-]+$"},
            "message": {"type": "string"},
            "file": {"type": ["string", "null"]},
            "tensor": {"type": ["string", "null"]},
            "byte_offset": {"type": ["integer", "null"]}
          }
        }
    """#
}
