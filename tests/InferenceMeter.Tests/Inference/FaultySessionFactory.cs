using InferenceMeter.Batching;
using InferenceMeter.Inference;
using InferenceMeter.Models;

namespace InferenceMeter.Tests.Inference;

/// <summary>Sessions that fail on command. An image's best class is its first pixel.</summary>
internal sealed class FaultySessionFactory(int height = 2, int width = 2, int classes = 5) : IInferenceSessionFactory
{
    private int _generation;

    public int FailNextRuns { get; set; }

    /// <summary>An image whose first pixel has this value makes its batch fail.</summary>
    public int BadPixel { get; set; } = -1;

    /// <summary>Larger batches do not fit the device's memory.</summary>
    public int MaxImages { get; set; } = int.MaxValue;

    /// <summary>When set, the device is gone.</summary>
    public string? Lost { get; set; }

    /// <summary>When set, no session can be opened and none runs.</summary>
    public string? Broken { get; set; }

    /// <summary>Waited for before each run.</summary>
    public Action BeforeRun { get; set; } = () => { };

    public List<int> RunSizes { get; } = [];

    public int Created { get; private set; }

    public ModelDescription Model { get; } =
        new()
        {
            Name = "faulty",
            Sha256 = "",
            Weights = "none",
            Precision = "fp32",
            Height = height,
            Width = width,
            Classes = classes,
        };

    public string Device { get; init; } = "cpu";

    public string Provider => "faulty";

    /// <summary>All sessions open now fail for ever; new ones work.</summary>
    public void KillSessions() => _generation++;

    public IInferenceSession Create()
    {
        if (Broken is not null)
            throw new InferenceException(Broken);
        Created++;
        return new Session(this, _generation);
    }

    public void Dispose() { }

    private sealed class Session(FaultySessionFactory owner, int generation) : IInferenceSession
    {
        public BatchResult Run(ImageBatch batch)
        {
            owner.BeforeRun();
            lock (owner.RunSizes)
                owner.RunSizes.Add(batch.Count);
            if (owner.Lost is not null)
                throw new InferenceException(owner.Lost) { Fault = InferenceFault.DeviceLost };
            if (batch.Count > owner.MaxImages)
                throw new InferenceException("out of memory") { Fault = InferenceFault.OutOfMemory };
            if (owner.Broken is not null)
                throw new InferenceException(owner.Broken);
            if (generation != owner._generation)
                throw new InferenceException("this session is dead");
            if (owner.FailNextRuns > 0)
            {
                owner.FailNextRuns--;
                throw new InferenceException("told to fail");
            }

            // One a batch, as real sessions have: it is read while the next one runs.
            var result = new BatchResult(64, owner.Model.Top);
            for (var i = 0; i < batch.Count; i++)
            {
                if (batch.Slot(i)[0] == owner.BadPixel)
                    throw new InferenceException("bad pixel");
                result.Probabilities.AsSpan(i * result.Top, result.Top).Fill(1f / result.Top);
                result.Classes[i * result.Top] = batch.Slot(i)[0];
            }

            return result;
        }

        public void Dispose() { }
    }
}
