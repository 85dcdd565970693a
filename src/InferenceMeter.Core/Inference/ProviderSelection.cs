using InferenceMeter.Errors;

namespace InferenceMeter.Inference;

/// <summary>An execution provider that may or may not work here.</summary>
internal interface IProviderCandidate
{
    /// <summary>Which one.</summary>
    ExecutionProvider Provider { get; }

    /// <summary>Opens devices and runs a batch on each.</summary>
    /// <param name="wanted">Their numbers; <see langword="null"/> for all there are.</param>
    /// <param name="strict">Each must work; else those that do not are left out and told.</param>
    /// <param name="warn">Told, in one line, what a user should know.</param>
    /// <exception cref="InferenceException">It does not work; the message says why in one line.</exception>
    IReadOnlyList<IDeviceSessionFactory> Open(IReadOnlyList<int>? wanted, bool strict, Action<string> warn);
}

/// <summary>Takes the best provider that truly works, or the one that was asked for.</summary>
internal static class ProviderSelection
{
    /// <param name="wanted">That one or an error; <see langword="null"/>: the best that works.</param>
    /// <param name="devices">Numbers of devices; <see langword="null"/> for all there are.</param>
    /// <param name="candidates">Best first; the last one works everywhere.</param>
    /// <param name="warn">Told, in one line each, why a better one was not taken.</param>
    /// <param name="note">Told, in one line, that a machine without a GPU runs on its CPU: worth knowing, not worth a
    /// warning.</param>
    /// <returns>One factory a device.</returns>
    /// <exception cref="InferenceException">What was asked for does not work.</exception>
    public static IReadOnlyList<IDeviceSessionFactory> Open(
        ExecutionProvider? wanted,
        IReadOnlyList<int>? devices,
        IReadOnlyList<IProviderCandidate> candidates,
        Action<string> warn,
        Action<string> note
    )
    {
        if (wanted is { } provider)
        {
            try
            {
                return candidates.Single(candidate => candidate.Provider == wanted).Open(devices, strict: true, warn);
            }
            catch (InferenceException e)
            {
                throw new InferenceException($"the provider {provider.Label()} does not work here: {e.Message}", e)
                {
                    Fault = e.Fault,
                    Subject = e.Subject ?? ErrorSubject.Provider,
                };
            }
        }

        var failed = new List<(string Name, InferenceException Reason)>();
        foreach (var candidate in candidates)
        {
            try
            {
                // Devices that were asked for by number must be there, whatever the provider.
                var opened = candidate.Open(devices, strict: devices is not null, warn);
                Tell(failed, opened[0], warn, note);
                return opened;
            }
            catch (InferenceException e)
            {
                failed.Add((candidate.Provider.Label(), e));
            }
        }

        throw new InferenceException(
            "no provider works here: "
                + $"{string.Join("; ", ByReason(failed).Select(reason => $"{reason.Names}: {reason.Text}"))}",
            failed[^1].Reason
        );
    }

    private static void Tell(
        List<(string Name, InferenceException Reason)> failed,
        IDeviceSessionFactory taken,
        Action<string> warn,
        Action<string> note
    )
    {
        foreach (var (_, text) in ByReason(failed.Where(pair => pair.Reason is NoSuchHardwareException)))
        {
            var where = taken.Device == ExecutionProviders.CpuDevice ? "the CPU" : taken.Device;
            note($"running on {where}: {text}");
        }

        foreach (var (names, text) in ByReason(failed.Where(pair => pair.Reason is not NoSuchHardwareException)))
            warn($"not used: {names}: {text}");
    }

    /// <summary>One reason for two providers is one line.</summary>
    private static IEnumerable<(string Names, string Text)> ByReason(
        IEnumerable<(string Name, InferenceException Reason)> failed
    ) =>
        failed
            .GroupBy(pair => pair.Reason.Message, StringComparer.Ordinal)
            .Select(reason => (string.Join(" and ", reason.Select(pair => pair.Name)), reason.Key));
}
