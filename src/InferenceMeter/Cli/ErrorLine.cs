using InferenceMeter.Errors;
using InferenceMeter.Images;
using InferenceMeter.Inference;

namespace InferenceMeter.Cli;

/// <summary>
/// What a failed command says on standard error: one line, with the option to change where the message names none.
/// </summary>
internal static class ErrorLine
{
    /// <summary>What to change, for each subject that a failure of the core can name.</summary>
    public static IReadOnlyDictionary<ErrorSubject, string> Options { get; } =
        new Dictionary<ErrorSubject, string>
        {
            [ErrorSubject.Images] = "--images",
            [ErrorSubject.ImageManifest] = "--manifest",
            [ErrorSubject.Provider] = "--provider",
            [ErrorSubject.Devices] = "--device",
            [ErrorSubject.Precision] = "--precision",
            [ErrorSubject.TruthLabels] = "--labels",
            [ErrorSubject.Synsets] = "--synsets or --labels",
            [ErrorSubject.Resume] = "--resume",
            [ErrorSubject.PricedInstance] = "--instance; `price list` shows all, UserPrices.csv adds yours",
            [ErrorSubject.PriceCloud] = "--cloud",
            [ErrorSubject.PriceRegion] = "--region",
            [ErrorSubject.PurchaseOption] = "--purchase",
            [ErrorSubject.GpusPaid] = "--gpus-paid",
            [ErrorSubject.RatedPower] = "--watts",
            [ErrorSubject.GivenPrice] = "--price",
        };

    /// <summary>
    /// Runs a command; what the user can mend becomes a line and an exit code instead of a stack trace.
    /// </summary>
    /// <returns>What the command returns, or one of <see cref="ExitCodes"/> for its failure.</returns>
    public static async Task<int> GuardAsync(Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (Exception error) when (error is UserException or MeterException)
        {
            await Console.Error.WriteLineAsync(Of(error));
            return error switch
            {
                UserException { ExitCode: var code } => code,
                InferenceException { Fault: InferenceFault.DeviceLost } => ExitCodes.Failed,
                ImageSourceException { WasLost: true } => ExitCodes.Failed,
                _ => ExitCodes.BadSettings,
            };
        }
    }

    /// <summary>The line for <paramref name="error"/>, without a line break.</summary>
    public static string Of(Exception error)
    {
        var option = error is MeterException { Subject: { } subject } ? $" ({Options[subject]})" : "";
        return $"error: {error.Message.ReplaceLineEndings(" ")}{option}";
    }
}
