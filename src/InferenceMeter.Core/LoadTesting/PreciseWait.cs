using System.Runtime.InteropServices;

namespace InferenceMeter.LoadTesting;

/// <summary>Waits for an instant without burning the core that the target may need: sleeps, which on Linux ends within about 60 us of what was asked.</summary>
internal static partial class PreciseWait
{
    private static readonly TimeSpan Slack = TimeSpan.FromMicroseconds(70);
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(20);

    /// <summary>Returns at the instant, or soon after; at once when it is over.</summary>
    /// <param name="time">Clock.</param>
    /// <param name="due">Timestamp.</param>
    /// <param name="cancellation">Looked at every 20 ms.</param>
    public static void Until(TimeProvider time, long due, CancellationToken cancellation)
    {
        while (true)
        {
            var left = time.GetElapsedTime(time.GetTimestamp(), due);
            if (left <= TimeSpan.Zero || cancellation.IsCancellationRequested) return;
            if (left > Slack) Sleep(left - Slack < Longest ? left - Slack : Longest, cancellation);
            else Thread.Yield();
        }
    }

    private static void Sleep(TimeSpan length, CancellationToken cancellation)
    {
        if (OperatingSystem.IsLinux())
        {
            var wanted = new TimeSpec { Nanoseconds = (nint)(length.Ticks * 100) };
            _ = NanoSleep(in wanted, 0);
        }
        else if (length >= TimeSpan.FromMilliseconds(2))
        {
            cancellation.WaitHandle.WaitOne(length - TimeSpan.FromMilliseconds(1));
        }
        else
        {
            Thread.Yield();
        }
    }

    [LibraryImport("libc", EntryPoint = "nanosleep", SetLastError = true)]
    private static partial int NanoSleep(in TimeSpec wanted, nint remaining);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
