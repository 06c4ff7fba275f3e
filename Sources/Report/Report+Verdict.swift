internal import Classification

// The verdict as reports have it.

extension Report.Architecture {
  init(_ architecture: Classification.Architecture) {
    name = architecture.name
    source = architecture.source
    layers = architecture.layers
    hiddenSize = architecture.hiddenSize
    heads = architecture.heads
    kvHeads = architecture.kvHeads
    headDim = architecture.headDim
    vocabSize = architecture.vocabSize
    contextLength = architecture.contextLength
    experts = architecture.experts
  }
}

extension Report.Classification {
  init(_ verdict: Verdict) {
    label = verdict.label.rawValue
    labels = verdict.labels.map(\.rawValue)
    headline = verdict.headline
    confidence = verdict.confidence
    precision = Report.Precision(verdict.precision)
    quantization = verdict.quantization.map(Report.Quantization.init)
    sparsity = Report.Sparsity(verdict.sparsity)
    distillation = Report.Distillation(
      level: verdict.distillation.level.rawValue, confidence: verdict.distillation.confidence,
      statement: verdict.distillation.statement)
    structure = Report.Structure(
      findings: verdict.findings.map {
        Report.Finding(code: $0.code, statement: $0.statement, confidence: $0.confidence)
      })
    mismatches = verdict.mismatches.map {
      Report.Mismatch(claim: $0.claim, source: $0.source, measured: $0.measured)
    }
    evidence = verdict.evidence.map {
      Report.Evidence(
        facet: $0.facet.rawValue, statement: $0.statement, confidence: $0.confidence)
    }
  }
}

extension Report.Precision {
  fileprivate init(_ precision: Verdict.Precision) {
    storage = precision.storage
    storageBits = finite(precision.storageBits)
    effective = precision.effective
    effectiveBits = finite(precision.effectiveBits)
    entropyBits = finite(precision.entropyBits)
    losslessType = precision.losslessType
    losslessBytes = precision.losslessBytes
    container = precision.container
    grid = precision.grid.map {
      Report.Grid(
        kind: $0.kind.rawValue, bits: $0.bits, groupSize: $0.groupSize, share: $0.share,
        confidence: $0.confidence)
    }
  }
}

extension Report.Quantization {
  fileprivate init(_ quantization: Verdict.Quantization) {
    scheme = quantization.scheme
    bits = finite(quantization.bits)
    groupSize = quantization.groupSize
    symmetric = quantization.symmetric
    actOrder = quantization.actOrder
    variant = quantization.variant
    bitsPerWeight = finite(quantization.bitsPerWeight)
    parameters = quantization.parameters
    share = quantization.share
    let claims = quantization.declared.map {
      MetadataObject.Entry(key: $0.key, value: .string($0.value))
    }
    declared = claims.isEmpty ? nil : MetadataObject(entries: claims)
  }
}

extension Report.Sparsity {
  fileprivate init(_ sparsity: Verdict.Sparsity) {
    zeroFraction = finite(sparsity.zeroFraction)
    zeroFractionAll = finite(sparsity.zeroFractionAll)
    prunableParameters = sparsity.prunableParameters
    excessZeroFraction = finite(sparsity.excessZeroFraction)
    measurable = sparsity.measurable
    level = sparsity.level?.rawValue
    pattern = sparsity.pattern?.rawValue
    n = sparsity.n
    m = sparsity.m
    axis = sparsity.axis?.rawValue
    methodHint = sparsity.methodHint?.rawValue
    storage = sparsity.storage.rawValue
    naturalZeros = sparsity.naturalZeros.map {
      Report.NaturalZeros(tensor: $0.tensor, reason: $0.reason.rawValue, zeros: $0.zeros)
    }
  }
}
