using System.CommandLine;
using InferenceMeter.Benchmarks.Decoding;

var root = new RootCommand("Benchmarks of InferenceMeter, in images per second of one thread.")
{
    DecodeCommand.Create(),
    DecodeVsPillowCommand.Create(),
};
return await root.Parse(args).InvokeAsync();
