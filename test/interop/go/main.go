// What every official client is put through, here that of Go: see exercise.ts. Prints the report as JSON.
package main

import (
	"context"
	"encoding/json"
	"iter"
	"log"
	"os"
	"strings"
	"time"
)

type report map[string][]string

// usage: interop URL BINDING
func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	client, err := connect(ctx, os.Args[1], os.Args[2])
	check(err)
	check(json.NewEncoder(os.Stdout).Encode(exercise(ctx, client)))
}

func exercise(ctx context.Context, client *client) report {
	task, err := client.send(ctx, "tck-artifact-text", sight{})
	check(err)
	message, err := client.send(ctx, "tck-message-response", sight{})
	check(err)
	stream, err := collect(client.stream(ctx, "tck-stream-artifact-text"))
	check(err)

	found := report{
		"discovery": {client.name},
		"task":      {task.String()},
		"message":   {message.String()},
		"stream":    show(stream),
		"errors":    failures(ctx, client),
	}
	followUp(ctx, client, found)
	cancelWork(ctx, client, found)
	subscribe(ctx, client, found)
	return found
}

func followUp(ctx context.Context, client *client, found report) {
	first, err := client.send(ctx, "tck-multi-turn", sight{})
	check(err)
	second, err := client.send(ctx, "tck-multi-turn", first)
	check(err)
	listed, err := client.list(ctx, first.contextID)
	check(err)
	found["followUp"] = show([]sight{first, second})
	found["list"] = show(listed)
}

func cancelWork(ctx context.Context, client *client, found report) {
	var seen []sight
	answer := make(chan sight, 1)
	for event, err := range client.stream(ctx, "tck-cancel") {
		check(err)
		seen = append(seen, event)
		if event.state == "working" {
			go func() {
				canceled, err := client.cancel(ctx, event.taskID)
				check(err)
				answer <- canceled
			}()
		}
	}
	found["cancel"] = show(append(seen, <-answer))
}

// Joins a stream in its middle: snapshot and tail together must be what the first reader sees.
func subscribe(ctx context.Context, client *client, found report) {
	var first []sight
	var second chan []sight
	for event, err := range client.stream(ctx, "sut-stream 6 100") {
		check(err)
		first = append(first, event)
		if second == nil && event.text != "" {
			second = make(chan []sight, 1)
			go func() {
				later, err := collect(client.subscribe(ctx, event.taskID))
				check(err)
				second <- later
			}()
		}
	}
	later := <-second
	found["firstReader"] = []string{textOf(first), first[len(first)-1].state}
	found["secondReader"] = []string{later[0].state, textOf(later), later[len(later)-1].state}
}

func failures(ctx context.Context, client *client) []string {
	_, ofGet := client.get(ctx, "no-such-task")
	_, ofSubscribe := collect(client.subscribe(ctx, "no-such-task"))
	return []string{failure(ofGet), failure(ofSubscribe)}
}

func failure(err error) string {
	if err == nil {
		return "no error"
	}
	return err.Error()
}

func collect(events iter.Seq2[sight, error]) ([]sight, error) {
	var all []sight
	for event, err := range events {
		if err != nil {
			return all, err
		}
		all = append(all, event)
	}
	return all, nil
}

func show(sights []sight) []string {
	var lines []string
	for _, sight := range sights {
		lines = append(lines, sight.String())
	}
	return lines
}

func textOf(sights []sight) string {
	var text strings.Builder
	for _, sight := range sights {
		text.WriteString(sight.text)
	}
	return text.String()
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
